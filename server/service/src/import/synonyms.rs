//! What columns are called in the files that people bring, in the four languages, per kind. Compared by letters and digits
//! only, so that `Sales_Agent`, `sales agent` and `SalesAgent` are one name.

use domain::Kind;
use domain::import::{CLOSE_DATE, CURRENCY, DURATION, END_TIME, RECORD_ID, START_TIME, TEAM_MANAGER, TEAM_REGION};

/// A field and the other names of its column, separated by `|`.
type Entry = (&'static str, &'static str);

const EMAILS: Entry = (
    "emails",
    "email|emails|e-mail|mail|email address|email 1|邮箱|电子邮件|电子邮箱|郵箱|電子郵件|電子信箱|信箱|електронна пошта|ел. пошта|пошта|емейл|імейл",
);
const PHONES: Entry = (
    "phones",
    "phone|phones|telephone|tel|phone number|mobile|mobile phone|cell|work phone|office phone|phone 1|电话|联系电话|手机|手机号|電話|聯絡電話|手機|手機號碼|行動電話|телефон|телефони|мобільний|моб. телефон|номер телефону",
);
const TAGS: Entry = ("tags", "tag|tags|labels|keywords|标签|標籤|теги|мітки");
const DESCRIPTION: Entry = (
    "description",
    "description|notes|note|comment|comments|remarks|details|about|描述|备注|说明|简介|描述|備註|說明|簡介|опис|примітки|примітка|коментар|коментарі|нотатки",
);
const OWNER: Entry = (
    "owner",
    "owner|account owner|deal owner|opportunity owner|account manager|responsible|assigned to|assignee|sales rep|sales representative|sales agent|salesperson|sales person|seller|负责人|所有者|客户经理|销售|销售员|销售人员|业务员|負責人|擁有者|客戶經理|業務|業務員|業務人員|銷售人員|відповідальний|власник|менеджер|відповідальний менеджер|продавець|торговий агент",
);
const CITY: Entry = ("city", "city|town|billing city|城市|所在城市|市|місто");
const COUNTRY: Entry = ("country", "country|billing country|office location|location|nation|国家|国家/地区|國家|國家/地區|країна");
const COMPANY: Entry = (
    "company",
    "company|account|account name|company name|customer|customer name|client|organization|organisation|employer|firm|公司|公司名称|客户|客户名称|所属公司|公司名稱|客戶|客戶名稱|所屬公司|компанія|назва компанії|організація|клієнт|контрагент|підприємство|фірма",
);
const ID: Entry = (RECORD_ID, "record id");
const MONEY: Entry = (CURRENCY, "currency|currency code|币种|货币|幣別|貨幣|валюта");

const COMPANIES: &[Entry] = &[
    (
        "name",
        "name|account|account name|company|company name|organization|organisation|organization name|customer|customer name|client|client name|business name|firm|公司|公司名称|公司名|客户|客户名称|企业名称|单位名称|单位|名称|公司名稱|客戶|客戶名稱|企業名稱|單位名稱|名稱|назва|назва компанії|компанія|організація|назва організації|клієнт|контрагент|підприємство|фірма",
    ),
    (
        "domain",
        "domain|website|web site|web|homepage|url|site|company domain|域名|网站|网址|主页|官网|網域|網站|網址|首頁|官網|сайт|вебсайт|веб-сайт|домен",
    ),
    (
        "industry",
        "industry|sector|vertical|line of business|branch|行业|所属行业|产业|行業|所屬行業|產業|галузь|сектор|індустрія|сфера діяльності|вид діяльності",
    ),
    OWNER,
    (
        "parent",
        "parent|parent company|parent account|subsidiary of|part of|belongs to|holding|group|母公司|上级公司|总公司|隶属|母公司|上級公司|總公司|隸屬|материнська компанія|головна компанія|холдинг",
    ),
    PHONES,
    EMAILS,
    ("street", "street|address|address 1|street address|billing street|billing address|地址|街道|详细地址|公司地址|詳細地址|адреса|вулиця"),
    CITY,
    ("region", "region|state|province|county|billing state|省|省份|州|地区|省市|地區|縣市|область|регіон"),
    ("postal_code", "postal code|zip|zip code|postcode|post code|邮编|邮政编码|郵遞區號|郵編|індекс|поштовий індекс"),
    COUNTRY,
    (
        "employees",
        "employees|employee count|number of employees|no. of employees|headcount|staff|company size|size|员工数|员工人数|人数|规模|員工數|員工人數|人數|規模|працівники|працівників|кількість працівників|співробітники|кількість співробітників|персонал",
    ),
    (
        "revenue",
        "revenue|annual revenue|yearly revenue|turnover|sales volume|营业额|年营业额|营收|年收入|收入|營業額|年營業額|營收|年營收|дохід|річний дохід|оборот|виручка|річна виручка",
    ),
    (
        "contract_end",
        "contract end|contract ends|contract end date|contract until|end of contract|合同到期|合同到期日|合约到期|合約到期|合約到期日|合約結束日|кінець договору|договір до|дата закінчення договору",
    ),
    (
        "founded",
        "founded|year established|established|year founded|founded in|founding year|since|成立年份|成立时间|成立年|创立年份|成立時間|創立年份|成立年度|рік заснування|засновано|рік створення|заснована",
    ),
    TAGS,
    DESCRIPTION,
    (
        "external_id",
        "external id|account id|account no|account number|company id|customer id|customer no|customer number|id|no|编号|客户编号|公司编号|外部编号|編號|客戶編號|公司編號|外部編號|код|ідентифікатор|зовнішній код|код клієнта|номер клієнта|єдрпоу",
    ),
    MONEY,
    ID,
];

const CONTACTS: &[Entry] = &[
    (
        "name",
        "name|full name|contact|contact name|contact person|person|姓名|联系人|联系人姓名|客户姓名|聯絡人|聯絡人姓名|聯繫人|піб|п.і.б.|прізвище та ім'я|ім'я та прізвище|повне ім'я|контакт|контактна особа",
    ),
    ("given_name", "given name|first name|firstname|forename|名|名字|ім'я|імʼя|ім’я"),
    ("family_name", "family name|last name|lastname|surname|second name|姓|姓氏|прізвище"),
    ("job_title", "job title|title|position|role|job|职位|职务|头衔|職位|職稱|職務|頭銜|посада"),
    COMPANY,
    EMAILS,
    PHONES,
    OWNER,
    ("birth_date", "birth date|birthday|date of birth|dob|birthdate|生日|出生日期|дата народження|день народження"),
    ("gender", "gender|sex|性别|性別|стать"),
    ("lifecycle", "lifecycle stage|lifecycle|customer stage|lead status|客户阶段|生命周期|客戶階段|生命週期|етап клієнта|життєвий цикл"),
    ("language", "language|preferred language|语言|語言|мова"),
    ("no_phone", "no phone|do not call|donotcall|do not phone|勿致电|请勿致电|請勿致電|не телефонувати"),
    ("best_time", "best time|best time to call|best time to contact|最佳联系时间|最佳聯絡時間|найкращий час"),
    ("prefers_product", "preferred product|preferred products|偏好产品|偏好產品|бажані товари"),
    ("prefers_brand", "preferred brand|preferred brands|favourite brand|favorite brand|偏好品牌|улюблений бренд|бажаний бренд"),
    ("prefers_colour", "preferred colour|preferred color|favourite colour|favorite color|偏好颜色|偏好顏色|улюблений колір|бажаний колір"),
    ("prefers_style", "preferred style|偏好风格|偏好風格|бажаний стиль"),
    ("verified_at", "verified at|last verified|verified on|核实时间|最近核实|核實時間|最近核實|перевірено"),
    (
        "preferred_channel",
        "preferred channel|preferred contact method|contact method|首选联系方式|偏好渠道|偏好聯絡方式|偏好管道|бажаний канал|спосіб зв'язку",
    ),
    CITY,
    COUNTRY,
    TAGS,
    DESCRIPTION,
    ("external_id", "external id|contact id|id|编号|联系人编号|編號|聯絡人編號|код|ідентифікатор|зовнішній код"),
    ID,
];

const DEALS: &[Entry] = &[
    (
        "name",
        "name|deal|deal name|opportunity|opportunity name|title|subject|商机|商机名称|交易|交易名称|项目名称|机会|商機|商機名稱|交易名稱|專案名稱|案件名稱|угода|назва угоди|назва|можливість|тема",
    ),
    COMPANY,
    (
        "amount",
        "amount|value|deal value|deal amount|opportunity amount|close value|contract value|total|sum|revenue|金额|交易金额|商机金额|预计金额|成交金额|合同金额|金額|交易金額|商機金額|預計金額|成交金額|合約金額|сума|вартість|сума угоди|бюджет",
    ),
    ("pipeline", "pipeline|sales pipeline|funnel|管道|销售管道|销售漏斗|銷售管道|銷售漏斗|воронка|воронка продажів|лійка"),
    (
        "stage",
        "stage|deal stage|sales stage|opportunity stage|status|phase|阶段|销售阶段|商机阶段|状态|階段|銷售階段|商機階段|狀態|етап|етап угоди|стадія|статус",
    ),
    (
        "probability",
        "probability|win probability|chance|likelihood|概率|赢单率|成交概率|機率|贏單率|成交機率|імовірність|ймовірність|ймовірність успіху",
    ),
    OWNER,
    ("contacts", "contacts|contact|contact name|contact person|联系人|聯絡人|контакт|контакти|контактна особа"),
    ("products", "product|products|item|items|product name|产品|商品|产品名称|產品|產品名稱|продукт|продукти|товар|товари"),
    (
        "opened_on",
        "opened on|engage date|engaged on|open date|opened|start date|created|created date|create date|date created|开始日期|开启日期|创建日期|創建日期|建立日期|開始日期|開啟日期|дата відкриття|дата початку|дата створення|створено",
    ),
    (
        "expected_close",
        "expected close|expected close date|expected closing|expected closing date|forecast close|forecast date|estimated close date|预计成交日期|预计关闭日期|预计结束日期|預計成交日期|預計結案日期|預計關閉日期|очікувана дата закриття|очікуване закриття|планова дата закриття|прогнозована дата",
    ),
    (
        CLOSE_DATE,
        "close date|closing date|closed date|date closed|end date|结束日期|关闭日期|成交日期|結束日期|結案日期|成交日期|關閉日期|дата закриття|дата завершення",
    ),
    (
        "closed_at",
        "closed at|closed on|won date|lost date|actual close date|实际成交日期|实际关闭日期|實際成交日期|實際結案日期|фактична дата закриття|закрито",
    ),
    ("won_reason", "won reason|win reason|reason won|赢单原因|贏單原因|成交原因|причина виграшу|причина перемоги"),
    (
        "lost_reason",
        "lost reason|loss reason|reason lost|closed lost reason|丢单原因|输单原因|失單原因|輸單原因|未成交原因|причина програшу|причина втрати|причина відмови",
    ),
    TAGS,
    DESCRIPTION,
    (
        "external_id",
        "external id|opportunity id|deal id|opportunity no|deal no|order no|id|no|编号|商机编号|交易编号|編號|商機編號|交易編號|код|номер|номер угоди|код угоди|ідентифікатор",
    ),
    MONEY,
    ID,
];

const PRODUCTS: &[Entry] = &[
    (
        "name",
        "name|product|product name|item|item name|产品|产品名称|商品|商品名称|名称|產品|產品名稱|商品名稱|品名|名稱|назва|продукт|назва продукту|товар|назва товару|номенклатура",
    ),
    (
        "code",
        "code|sku|product code|item code|article|article number|part number|model|编码|产品编码|货号|型号|代码|編碼|產品代碼|貨號|型號|料號|код|артикул|код товару",
    ),
    (
        "series",
        "series|family|product family|product line|line|category|product category|group|系列|产品系列|类别|分类|產品系列|類別|分類|серія|категорія|лінійка|група",
    ),
    (
        "price",
        "price|sales price|list price|unit price|retail price|msrp|价格|单价|售价|标价|價格|單價|售價|定價|ціна|ціна продажу|вартість",
    ),
    ("discontinued", "discontinued|inactive|archived|停产|停售|停產|знято з виробництва|неактивний"),
    DESCRIPTION,
    ("external_id", "external id|product id|item id|id|外部编号|产品编号|外部編號|產品編號|ідентифікатор|зовнішній код"),
    MONEY,
    ID,
];

const USERS: &[Entry] = &[
    (
        "name",
        "name|full name|user|user name|username|employee|employee name|sales agent|agent|sales rep|sales representative|salesperson|sales person|seller|姓名|用户|员工|员工姓名|销售代表|销售员|业务员|业务代表|使用者|員工|員工姓名|業務|業務員|業務代表|銷售代表|ім'я|піб|користувач|співробітник|працівник|продавець|торговий агент|менеджер з продажу",
    ),
    ("email", "email|e-mail|mail|email address|邮箱|电子邮件|郵箱|電子郵件|信箱|електронна пошта|пошта|емейл"),
    ("role", "role|user role|permission|角色|权限|權限|роль"),
    ("team", "team|team name|department|group|sales team|团队|部门|小组|團隊|部門|小組|команда|відділ|група"),
    (
        TEAM_MANAGER,
        "manager|team manager|team lead|team leader|sales manager|supervisor|head|reports to|经理|主管|团队经理|销售经理|上级|經理|團隊經理|業務經理|銷售經理|上級|керівник|менеджер|керівник команди|начальник",
    ),
    (
        TEAM_REGION,
        "region|regional office|office|territory|area|team region|区域|大区|地区|办事处|區域|大區|地區|辦事處|регіон|офіс|регіональний офіс|територія",
    ),
    ("locale", "locale|language|语言|語言|мова"),
    ("time_zone", "time zone|timezone|时区|時區|часовий пояс"),
    ("disabled", "disabled|inactive|停用|禁用|вимкнено|неактивний"),
    ("external_id", "external id|user id|employee id|id|工号|员工编号|工號|員工編號|табельний номер|ідентифікатор"),
    ID,
];

const TEAMS: &[Entry] = &[
    ("name", "name|team|team name|department|group|团队|团队名称|部门|團隊|團隊名稱|部門|команда|назва команди|відділ"),
    ("manager", "manager|team manager|team lead|head|经理|主管|負責人|经理|經理|керівник|менеджер|начальник"),
    ("region", "region|regional office|office|territory|area|区域|大区|地区|區域|地區|регіон|офіс"),
    ID,
];

const TASKS: &[Entry] = &[
    ("name", "name|task|task name|subject|title|to do|todo|任务|任务名称|主题|待办|任務|任務名稱|主旨|待辦|завдання|задача|тема|назва"),
    (
        "due_at",
        "due at|due|due date|deadline|due on|截止日期|到期日|截止时间|截止日|到期日期|термін|строк|крайній термін|дедлайн|виконати до",
    ),
    ("done", "done|completed|finished|closed|完成|已完成|виконано|завершено"),
    ("priority", "priority|importance|优先级|優先順序|優先級|пріоритет"),
    OWNER,
    ("deal", "deal|opportunity|商机|交易|商機|угода"),
    ("contact", "contact|contact name|联系人|聯絡人|контакт"),
    COMPANY,
    ("body", "body|description|notes|details|comment|描述|备注|描述|備註|опис|примітки"),
    ID,
];

const CALLS: &[Entry] = &[
    ("name", "name|call|subject|title|topic|主题|通话主题|主旨|通話主旨|тема|дзвінок"),
    ("at", "at|date|time|call date|call time|called at|日期|时间|通话时间|時間|通話時間|дата|час|дата дзвінка"),
    ("direction", "direction|call direction|call type|方向|呼叫方向|通話方向|напрямок|тип дзвінка"),
    ("outcome", "outcome|result|disposition|call result|结果|通话结果|結果|通話結果|результат"),
    ("minutes", "minutes|duration|call duration|length|时长|通话时长|時長|通話時長|тривалість|хвилин"),
    ("body", "body|description|notes|comment|备注|備註|примітки|нотатки"),
    OWNER,
    ("deal", "deal|opportunity|商机|商機|угода"),
    ("contact", "contact|contact name|联系人|聯絡人|контакт"),
    COMPANY,
    ID,
];

const NOTES: &[Entry] = &[
    ("body", "body|note|notes|text|content|comment|笔记|备注|内容|正文|筆記|備註|內容|нотатка|нотатки|текст|примітка"),
    ("pinned", "pinned|置顶|置頂|釘選|закріплено"),
    OWNER,
    ("deal", "deal|opportunity|商机|商機|угода"),
    ("contact", "contact|contact name|联系人|聯絡人|контакт"),
    COMPANY,
    ID,
];

const EVENTS: &[Entry] = &[
    (
        "title",
        "title|subject|event|event name|meeting|appointment|summary|topic|标题|主题|事件|会议|日程|標題|主旨|活動|會議|行程|назва|тема|подія|зустріч",
    ),
    ("type", "type|kind|event type|meeting type|category|类型|类别|類型|類別|тип|вид|категорія"),
    (
        "start",
        "start|starts|start date|starts at|begin|begins|begin date|from|start date time|start datetime|date|开始|开始日期|起始日期|日期|開始|開始日期|起始日期|початок|дата початку|з|дата|початок події",
    ),
    (START_TIME, "start time|begin time|from time|time|开始时间|时间|開始時間|時間|час початку|час"),
    (
        "end",
        "end|ends|end date|ends at|finish|until|to|end date time|end datetime|结束|结束日期|截止日期|結束|結束日期|截止日期|кінець|дата завершення|дата закінчення|до|завершення",
    ),
    (END_TIME, "end time|finish time|to time|结束时间|結束時間|час завершення|час закінчення"),
    (DURATION, "duration|length|minutes|duration minutes|时长|時長|тривалість|хвилин"),
    ("all_day", "all day|all day event|whole day|全天|整天|全日|весь день|цілий день"),
    ("zone", "zone|time zone|timezone|tz|时区|時區|часовий пояс"),
    ("organiser", "organiser|organizer|meeting organizer|host|owner|组织者|主持人|召集人|組織者|主辦人|організатор|відповідальний|власник"),
    (
        "attendees",
        "attendees|attendee|participants|required attendees|optional attendees|guests|invitees|people|参与者|参会人|与会者|參與者|與會者|出席者|учасники|учасник|запрошені",
    ),
    ("contacts", "contacts|contact|contact name|customers attending|联系人|聯絡人|контакт|контакти"),
    COMPANY,
    ("deal", "deal|opportunity|商机|交易|商機|угода"),
    ("place", "place|location|venue|address|where|地点|地址|位置|地點|місце|місце проведення|адреса|локація"),
    (
        "resources",
        "resources|resource|meeting resources|room|rooms|vehicle|equipment|资源|会议室|资源名称|資源|會議室|ресурс|ресурси|кімната|переговорна|обладнання",
    ),
    ("busy", "busy|show time as|show as|availability|transparency|忙闲|显示为|忙碌|顯示為|показувати як|зайнятість"),
    ("private", "private|sensitivity|visibility|私密|私人|敏感度|приватне|приватність"),
    ("status", "status|state|状态|狀態|статус"),
    ("travel_before", "travel before|travel|travel time|travel minutes|路程|路上时间|车程|交通時間|車程|час у дорозі|дорога|дорога туди"),
    ("travel_after", "travel after|travel back|返程时间|回程時間|дорога назад"),
    ("reminders", "reminders|reminder|reminder minutes|提醒|нагадування"),
    ("rrule", "rrule|recurrence|recurrence rule|repeats|repeat|重复|重复规则|重複|重複規則|повторення|правило повторення"),
    ("rdate", "rdate|also on|另外日期|додаткові дати"),
    ("exdate", "exdate|except on|exceptions|例外日期|крім дат|винятки"),
    ("body", "body|description|notes|note|details|agenda|comment|描述|备注|说明|議程|描述|備註|說明|опис|примітки|нотатки|порядок денний"),
    ("external_id", "external id|uid|event id|ical uid|id|外部编号|外部編號|ідентифікатор|зовнішній код"),
    ID,
];

const RESOURCES: &[Entry] = &[
    (
        "name",
        "name|resource|resource name|room|room name|vehicle|equipment|equipment name|资源|资源名称|会议室|名称|資源|資源名稱|會議室|名稱|назва|ресурс|кімната|переговорна|обладнання",
    ),
    ("type", "type|kind|resource type|category|类型|类别|類型|類別|тип|вид"),
    ("place", "place|location|building|floor|address|where|地点|楼层|位置|地點|樓層|місце|поверх|будівля|адреса"),
    ("capacity", "capacity|seats|number of seats|people|容量|座位|座位数|人数|座位數|人數|місць|кількість місць|місткість"),
    ("team", "team|team name|department|团队|部门|團隊|部門|команда|відділ"),
    ("disabled", "disabled|inactive|out of use|停用|禁用|вимкнено|не використовується"),
    DESCRIPTION,
    ("external_id", "external id|resource id|id|外部编号|外部編號|ідентифікатор|зовнішній код"),
    ID,
];

/// What files of a kind are called: `contacts-2017.xlsx`.
const FILES: &[(Kind, &str)] = &[
    (Kind::Company, "account|compan|customer|client|organi|公司|客户|客戶|企业|企業|компан|клієнт|контрагент"),
    (Kind::Contact, "contact|people|person|联系人|聯絡人|контакт"),
    (Kind::Deal, "deal|opportunit|pipeline|商机|商機|交易|угод|воронк"),
    (Kind::Product, "product|price list|catalog|产品|商品|產品|товар|продукт|прайс"),
    (Kind::User, "user|sales team|employee|staff|salespeople|员工|用户|員工|使用者|користувач|співробітник|працівник"),
    (Kind::Team, "team|团队|團隊|команд"),
    (Kind::Task, "task|todo|任务|任務|завдан"),
    (Kind::Call, "call|通话|通話|дзвін"),
    (Kind::Note, "note|笔记|筆記|нотат"),
    (Kind::Event, "event|calendar|meeting|appointment|schedule|leave|日历|日程|会议|行事曆|行程|會議|календар|події|зустріч|відпустк"),
    (Kind::Resource, "resource|room|vehicle|equipment|资源|会议室|資源|會議室|ресурс|кімнат|переговорн|обладнан"),
];

pub fn of(kind: Kind) -> &'static [Entry] {
    match kind {
        Kind::Company => COMPANIES,
        Kind::Contact => CONTACTS,
        Kind::Deal => DEALS,
        Kind::Product => PRODUCTS,
        Kind::User => USERS,
        Kind::Team => TEAMS,
        Kind::Task => TASKS,
        Kind::Call => CALLS,
        Kind::Note => NOTES,
        Kind::Event => EVENTS,
        Kind::Resource => RESOURCES,
        Kind::Pipeline => &[],
    }
}

/// Does the file's name name the kind?
pub fn in_file_name(kind: Kind, folded: &str) -> bool {
    FILES.iter().any(|(k, words)| *k == kind && words.split('|').any(|w| folded.contains(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_a_target_and_no_name_means_two_fields() {
        for kind in domain::import::KINDS {
            let targets = domain::import::targets(kind);
            let mut seen = std::collections::HashMap::new();
            for (field, names) in of(kind) {
                assert!(targets.contains(field), "{kind:?} {field}");
                for name in names.split('|') {
                    let key = super::super::closest::squash(name);
                    assert!(!key.is_empty(), "{name}");
                    if let Some(other) = seen.insert(key, field) {
                        assert_eq!(other, field, "{kind:?}: {name} means two fields");
                    }
                }
            }
        }
    }
}
