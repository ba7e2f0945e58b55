//! Words in cells that stand for something: yes and no, choices under other names, the parts of a person's name, lists.

use domain::text::{self, fold};

use super::closest::squash;

/// Yes and no in the four languages and as spreadsheets write them.
pub fn boolean(cell: &str) -> Option<bool> {
    match fold(cell).as_str() {
        "true" | "yes" | "y" | "1" | "x" | "on" | "✓" | "✔" | "так" | "т" | "是" | "有" | "對" | "对" | "done" => Some(true),
        "false" | "no" | "n" | "0" | "-" | "off" | "✗" | "ні" | "н" | "否" | "无" | "無" | "不" => Some(false),
        _ => None,
    }
}

/// How a time is shown to others.
pub fn busy(cell: &str) -> Option<bool> {
    match fold(cell).as_str() {
        "busy" | "opaque" | "зайнято" | "зайнятий" | "忙" | "忙碌" | "忙线" => Some(true),
        "free" | "available" | "transparent" | "вільно" | "вільний" | "空闲" | "空閒" | "有空" => Some(false),
        _ => None,
    }
}

/// Who may read what it is about.
pub fn private(cell: &str) -> Option<bool> {
    match fold(cell).as_str() {
        "private" | "confidential" | "personal" | "приватне" | "приватно" | "особисте" | "私密" | "私人" | "機密" | "机密" => {
            Some(true)
        }
        "public" | "normal" | "default" | "публічне" | "загальнодоступне" | "公开" | "公開" => Some(false),
        _ => None,
    }
}

/// "n/a" and the like stand for nothing where a number or date is wanted.
pub fn says_nothing(cell: &str) -> bool {
    matches!(
        cell.to_lowercase().as_str(),
        "-" | "--" | "—" | "–" | "n/a" | "na" | "#n/a" | "null" | "nil" | "none" | "nan" | "无" | "無" | "немає" | "н/д"
    )
}

/// Other names of choices.
const CHOICES: &[(&str, &[&str])] = &[
    ("owner", &["业主", "擁有者", "拥有者", "власник"]),
    ("admin", &["administrator", "管理员", "管理員", "адміністратор"]),
    ("manager", &["team lead", "经理", "主管", "經理", "керівник", "менеджер"]),
    (
        "sales",
        &[
            "salesperson",
            "sales rep",
            "sales representative",
            "sales agent",
            "seller",
            "销售",
            "銷售",
            "业务",
            "業務",
            "продажі",
            "продавець",
        ],
    ),
    ("marketing", &["营销", "市场", "行銷", "маркетинг"]),
    ("service", &["support", "customer service", "客服", "服务", "服務", "підтримка", "сервіс"]),
    ("analyst", &["分析师", "分析師", "аналітик"]),
    ("read_only", &["readonly", "viewer", "guest", "只读", "唯讀", "лише читання", "тільки читання"]),
    ("low", &["低", "низький", "minor"]),
    ("normal", &["medium", "中", "普通", "середній", "звичайний"]),
    ("high", &["urgent", "高", "紧急", "緊急", "високий", "терміновий"]),
    ("outgoing", &["outbound", "out", "呼出", "去电", "撥出", "вихідний"]),
    ("incoming", &["inbound", "in", "呼入", "来电", "來電", "вхідний"]),
    ("reached", &["connected", "answered", "接通", "已接通", "додзвонилися", "відповіли"]),
    ("no_answer", &["not answered", "missed", "无人接听", "未接", "無人接聽", "немає відповіді", "не відповіли"]),
    ("left_message", &["voicemail", "left voicemail", "留言", "залишили повідомлення"]),
    ("busy", &["忙线", "忙線", "зайнято"]),
    ("wrong_number", &["空号", "號碼錯誤", "хибний номер"]),
    ("email", &["e-mail", "mail", "邮件", "電子郵件", "пошта"]),
    ("phone", &["call", "电话", "電話", "телефон"]),
    ("message", &["sms", "chat", "短信", "消息", "訊息", "簡訊", "повідомлення"]),
    ("meeting", &["appointment", "会面", "會面", "拜访", "会议", "會議", "约会", "зустріч", "нарада"]),
    ("call", &["phone call", "通话", "電話", "电话", "通話", "дзвінок"]),
    ("visit", &["on-site", "customer visit", "上门拜访", "拜訪", "візит", "виїзд"]),
    ("delivery", &["shipment", "送货", "交付", "送貨", "交貨", "доставка"]),
    ("leave", &["vacation", "holiday", "time off", "absence", "pto", "sick leave", "休假", "请假", "請假", "відпустка", "відсутність"]),
    ("task", &["to do", "todo", "任务", "任務", "завдання", "задача"]),
    ("confirmed", &["accepted", "booked", "已确认", "已確認", "підтверджено"]),
    ("tentative", &["provisional", "maybe", "暂定", "暫定", "待定", "попередньо"]),
    ("cancelled", &["canceled", "called off", "已取消", "取消", "скасовано"]),
    ("room", &["meeting room", "conference room", "会议室", "會議室", "房间", "кімната", "переговорна", "зала"]),
    ("vehicle", &["car", "van", "truck", "车辆", "車輛", "汽车", "авто", "автомобіль", "транспорт"]),
    ("equipment", &["device", "tool", "设备", "設備", "обладнання", "пристрій"]),
    ("none", &["no contact", "无", "無", "немає"]),
    ("en", &["english", "英语", "英文", "英語", "англійська"]),
    ("zh-Hans", &["simplified chinese", "chinese", "zh", "zh-cn", "简体中文", "中文", "簡體中文", "китайська"]),
    ("zh-Hant", &["traditional chinese", "zh-tw", "zh-hk", "繁体中文", "繁體中文"]),
    ("uk", &["ukrainian", "uk-ua", "ua", "乌克兰语", "烏克蘭語", "українська"]),
    ("other", &["其他", "інше", "інша"]),
];

/// The choice that the cell names, by its own name or another.
pub fn choice(cell: &str, options: &'static [&'static str]) -> Option<&'static str> {
    let said = squash(cell);
    options.iter().copied().find(|o| squash(o) == said).or_else(|| {
        let names = |o: &str| CHOICES.iter().find(|(c, _)| *c == o).is_some_and(|(_, other)| other.iter().any(|n| squash(n) == said));
        options.iter().copied().find(|o| names(o))
    })
}

/// Does the cell say "won" or "lost", whatever the stage is called?
pub fn closed_stage(cell: &str) -> Option<domain::pipelines::StageKind> {
    use domain::pipelines::StageKind::{Lost, Won};
    const WON: &[&str] = &["won", "closed won", "win", "赢单", "贏單", "成交", "已成交", "成功", "виграно", "виграна", "успішно", "успіх"];
    const LOST: &[&str] =
        &["lost", "closed lost", "loss", "输单", "輸單", "丢单", "失單", "未成交", "失败", "失敗", "програно", "програна", "втрачено"];
    let said = squash(cell);
    let is = |list: &[&str]| list.iter().any(|w| squash(w) == said);
    if is(WON) {
        Some(Won)
    } else if is(LOST) {
        Some(Lost)
    } else {
        None
    }
}

/// (given, family): "Anna Snelling", "Snelling, Anna", "王小明", "Коваленко Олена Іванівна".
pub fn person(name: &str) -> (String, String) {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((family, given)) = name.split_once([',', '，']) {
        return (given.trim().to_owned(), family.trim().to_owned());
    }
    if text::is_cjk(&name) {
        const DOUBLE: &[&str] = &[
            "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "司徒", "夏侯", "皇甫", "尉迟", "尉遲", "公孙", "公孫", "慕容", "令狐",
            "长孙", "長孫", "宇文", "端木", "东方", "東方", "南宫", "南宮", "独孤", "獨孤",
        ];
        let letters = name.chars().count();
        let take = if letters > 2 && DOUBLE.iter().any(|d| name.starts_with(d)) { 2 } else { 1 };
        if letters == 1 {
            return (String::new(), name);
        }
        let at = name.char_indices().nth(take).map_or(name.len(), |(i, _)| i);
        return (name.get(at..).unwrap_or_default().to_owned(), name.get(..at).unwrap_or_default().to_owned());
    }
    let words: Vec<&str> = name.split(' ').collect();
    let patronymic = |w: &str| {
        let w = fold(w);
        w.chars().count() > 5 && ["ович", "евич", "йович", "івна", "ївна", "овна", "евна", "івич"].iter().any(|e| w.ends_with(e))
    };
    match words.as_slice() {
        [] => (String::new(), String::new()),
        [one] => (String::new(), (*one).to_owned()),
        [family, given, father] if patronymic(father) => (format!("{given} {father}"), (*family).to_owned()),
        [given, father, family] if patronymic(father) => (format!("{given} {father}"), (*family).to_owned()),
        [given @ .., family] => {
            // van, de, von belong to the family name.
            let small = |w: &&str| {
                matches!(fold(w).as_str(), "van" | "von" | "de" | "der" | "den" | "da" | "di" | "la" | "le" | "bin" | "al" | "dos" | "ter")
            };
            let from = given.iter().rposition(|w| !small(w)).map_or(1, |i| i + 1).max(1);
            let head = words.get(..from).unwrap_or_default().join(" ");
            let tail = words.get(from..).unwrap_or_default().join(" ");
            (head, if tail.is_empty() { (*family).to_owned() } else { tail })
        }
    }
}

/// Several values in one cell. Commas count only where no value may hold one (`commas`).
pub fn list(cell: &str, commas: bool) -> impl Iterator<Item = &str> {
    cell.split(move |c| matches!(c, ';' | '；' | '\n' | '|') || (commas && matches!(c, ',' | '，' | '、')))
        .map(str::trim)
        .filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_by_their_script() {
        for (name, given, family) in [
            ("Anna Snelling", "Anna", "Snelling"),
            ("Anna Maria Snelling", "Anna Maria", "Snelling"),
            ("Snelling, Anna", "Anna", "Snelling"),
            ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
            ("Cher", "", "Cher"),
            ("王小明", "小明", "王"),
            ("欧阳娜娜", "娜娜", "欧阳"),
            ("王明", "明", "王"),
            ("Олена Коваленко", "Олена", "Коваленко"),
            ("Коваленко Олена Іванівна", "Олена Іванівна", "Коваленко"),
            ("Олена Іванівна Коваленко", "Олена Іванівна", "Коваленко"),
            ("", "", ""),
        ] {
            assert_eq!(person(name), (given.to_owned(), family.to_owned()), "{name}");
        }
    }

    #[test]
    fn choices_have_other_names() {
        assert_eq!(choice("Sales Rep", domain::users::ROLES), Some("sales"));
        assert_eq!(choice("Read only", domain::users::ROLES), Some("read_only"));
        assert_eq!(choice("керівник", domain::users::ROLES), Some("manager"));
        assert_eq!(choice("简体中文", &["en", "zh-Hans"]), Some("zh-Hans"));
        assert_eq!(choice("pirate", domain::users::ROLES), None);
        assert_eq!([boolean("Так"), boolean("0"), boolean("maybe")], [Some(true), Some(false), None]);
    }

    #[test]
    fn lists_and_stages() {
        assert_eq!(list("a; b|c,d", false).collect::<Vec<_>>(), ["a", "b", "c,d"]);
        assert_eq!(list("重要，北京、x", true).collect::<Vec<_>>(), ["重要", "北京", "x"]);
        assert_eq!(closed_stage("Closed Won"), Some(domain::pipelines::StageKind::Won));
    }
}
