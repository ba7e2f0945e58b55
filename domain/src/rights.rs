//! Who may do what. The service asks these functions at every door; the interface asks the same ones to hide what
//! is not allowed. `Scope` says on which records: none, one's own, one's team's, or all.

use serde::{Deserialize, Serialize};

use crate::{Id, Kind, Record};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Manager,
    Sales,
    Marketing,
    Service,
    Analyst,
    ReadOnly,
}

impl Role {
    pub const ALL: [Role; 8] =
        [Role::Owner, Role::Admin, Role::Manager, Role::Sales, Role::Marketing, Role::Service, Role::Analyst, Role::ReadOnly];

    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Manager => "manager",
            Role::Sales => "sales",
            Role::Marketing => "marketing",
            Role::Service => "service",
            Role::Analyst => "analyst",
            Role::ReadOnly => "read_only",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == text)
    }

    pub const fn is_admin(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    None,
    Own,
    Team,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    View,
    Create,
    Edit,
    Delete,
}

/// Acts that are not about one kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    /// Bring in files; see and undo imports.
    Import,
    Export,
    Dashboard,
    /// Users, teams, roles, other people's sessions and tokens.
    ManageUsers,
    ManagePipelines,
    /// Company name, currency, and what else holds for everybody.
    ManageWorkspace,
    /// Make API tokens of one's own.
    Tokens,
    /// Share a saved view with everybody.
    ShareViews,
}

/// On which records of a kind a role may act.
pub const fn scope(role: Role, act: Act, kind: Kind) -> Scope {
    use Act::*;
    use Role::*;
    match kind {
        // Everybody works with these; only those who run the house change them.
        Kind::User | Kind::Team => match (act, role) {
            (View, _) => Scope::All,
            (_, Owner | Admin) => Scope::All,
            _ => Scope::None,
        },
        Kind::Pipeline => match (act, role) {
            (View, _) => Scope::All,
            (_, Owner | Admin) => Scope::All,
            _ => Scope::None,
        },
        Kind::Product => match (act, role) {
            (View, _) => Scope::All,
            (_, Owner | Admin | Manager | Marketing) => Scope::All,
            _ => Scope::None,
        },
        // Customers are shared by the whole house.
        Kind::Company | Kind::Contact => match (act, role) {
            (View, _) => Scope::All,
            (Create | Edit, Owner | Admin | Manager | Sales | Marketing | Service) => Scope::All,
            (Delete, Owner | Admin | Manager) => Scope::All,
            (Delete, Sales | Marketing | Service) => Scope::Own,
            _ => Scope::None,
        },
        // Deals are the salesperson's; a manager sees the team's.
        Kind::Deal => match (act, role) {
            (_, Owner | Admin) => Scope::All,
            (_, Manager) => Scope::Team,
            (_, Sales) => Scope::Own,
            (View, Marketing | Service | Analyst | ReadOnly) => Scope::All,
            _ => Scope::None,
        },
        // Whose calendar it is shows who has the time; what is private shows to those who take part (`Who::sees`).
        Kind::Event => match (act, role) {
            (_, Owner | Admin) | (View, _) => Scope::All,
            (_, Manager) => Scope::Team,
            (_, Sales | Marketing | Service) => Scope::Own,
            _ => Scope::None,
        },
        Kind::Resource => match (act, role) {
            (View, _) | (_, Owner | Admin | Manager) => Scope::All,
            _ => Scope::None,
        },
        Kind::Task | Kind::Note | Kind::Call => match (act, role) {
            (_, Owner | Admin) => Scope::All,
            (View | Create, _) if !matches!(role, Analyst | ReadOnly) => Scope::All,
            (View, Analyst | ReadOnly) => Scope::All,
            (Edit | Delete, Manager) => Scope::Team,
            (Edit | Delete, Sales | Marketing | Service) => Scope::Own,
            _ => Scope::None,
        },
    }
}

pub const fn has(role: Role, power: Power) -> bool {
    use Power::*;
    use Role::*;
    match power {
        ManageUsers | ManagePipelines | ManageWorkspace => matches!(role, Owner | Admin),
        Import => matches!(role, Owner | Admin | Manager),
        Export => !matches!(role, ReadOnly),
        Dashboard => true,
        Tokens => !matches!(role, ReadOnly),
        ShareViews => matches!(role, Owner | Admin | Manager),
    }
}

/// The signed-in person as rights see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub id: Id,
    pub role: Role,
    /// Everybody whose records count as "my team's": the members of one's team and of the teams one manages, and oneself.
    pub team_members: Vec<Id>,
}

impl Who {
    /// May this person do that to this record? Activities are also reached through what they hang on: the service checks that.
    pub fn may(&self, act: Act, record: &Record) -> bool {
        self.may_own(act, record.kind, record.owner())
    }

    /// May this person see it? What hangs on a deal is seen by those who see the deal, and by its own owner.
    pub fn sees(&self, record: &Record) -> bool {
        let through_deal = !record.kind.is_activity()
            || record.id_of("deal").is_none()
            || record.owner() == Some(self.id)
            || self.may_own(Act::View, Kind::Deal, record.id_of("deal_owner"));
        let open = record.kind != Kind::Event || !record.flag("private") || self.takes_part(record);
        through_deal && open && self.may(Act::View, record)
    }

    /// Does this person organise or attend it? Programs of the house (backups, imports) are not kept out.
    fn takes_part(&self, event: &Record) -> bool {
        self.id.0.is_nil() || event.owner() == Some(self.id) || event.ids_of("attendees").contains(&self.id)
    }

    pub fn may_own(&self, act: Act, kind: Kind, owner: Option<Id>) -> bool {
        match scope(self.role, act, kind) {
            Scope::All => true,
            Scope::None => false,
            Scope::Own => owner == Some(self.id),
            Scope::Team => owner.is_none_or(|o| o == self.id || self.team_members.contains(&o)),
        }
    }

    pub fn may_some(&self, act: Act, kind: Kind) -> bool {
        scope(self.role, act, kind) != Scope::None
    }

    /// May this person see what somebody's hours went into? One's own; those of one's team whoever leads it; all of them those who
    /// run the house.
    pub fn sees_time_of(&self, user: Id) -> bool {
        match self.role {
            Role::Owner | Role::Admin => true,
            Role::Manager => user == self.id || self.team_members.contains(&user),
            _ => user == self.id,
        }
    }

    /// Is there anybody else whose hours this person may see?
    pub const fn sees_others_time(&self) -> bool {
        matches!(self.role, Role::Owner | Role::Admin | Role::Manager)
    }

    pub fn has(&self, power: Power) -> bool {
        has(self.role, power)
    }

    /// The owners whose records of this kind may be viewed; None: everybody's. The flag: also those without an owner.
    pub fn viewable_owners(&self, kind: Kind) -> Option<(Vec<Id>, bool)> {
        match scope(self.role, Act::View, kind) {
            Scope::All => None,
            Scope::None => Some((Vec::new(), false)),
            Scope::Own => Some((vec![self.id], false)),
            Scope::Team => {
                let mut ids = self.team_members.clone();
                if !ids.contains(&self.id) {
                    ids.push(self.id);
                }
                Some((ids, true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salesperson_never_sees_a_colleagues_deal() {
        let me = Id(uuid::Uuid::from_u128(1));
        let other = Id(uuid::Uuid::from_u128(2));
        let who = Who { id: me, role: Role::Sales, team_members: vec![other] };
        assert!(!who.may_own(Act::View, Kind::Deal, Some(other)));
        assert!(!who.may_own(Act::View, Kind::Deal, None));
        assert!(who.may_own(Act::Edit, Kind::Deal, Some(me)));
    }

    #[test]
    fn what_is_private_is_seen_by_those_who_take_part() {
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        let fields = serde_json::json!({"organiser": id(1), "attendees": [id(2)], "private": true});
        let event = |private: bool| {
            let mut fields = fields.as_object().cloned().unwrap_or_default();
            fields.insert("private".to_owned(), private.into());
            let at = String::new();
            Record { id: id(9), kind: Kind::Event, version: 1, created_at: at.clone(), updated_at: at, deleted_at: None, fields }
        };
        for role in Role::ALL {
            let who = |n: u128| Who { id: id(n), role, team_members: vec![id(1), id(2), id(3)] };
            assert!(who(1).sees(&event(true)) && who(2).sees(&event(true)), "{role:?}");
            assert!(!who(3).sees(&event(true)) && who(3).sees(&event(false)), "{role:?}");
        }
    }

    #[test]
    fn hours_are_seen_by_those_who_lead() {
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        for role in Role::ALL {
            let who = Who { id: id(1), role, team_members: vec![id(1), id(2)] };
            let leads = matches!(role, Role::Owner | Role::Admin | Role::Manager);
            let all = matches!(role, Role::Owner | Role::Admin);
            assert_eq!([1, 2, 3].map(|n| who.sees_time_of(id(n))), [true, leads, all], "{role:?}");
            assert_eq!(who.sees_others_time(), leads, "{role:?}");
        }
    }

    #[test]
    fn readers_change_nothing() {
        for kind in Kind::ALL {
            for act in [Act::Create, Act::Edit, Act::Delete] {
                for role in [Role::ReadOnly, Role::Analyst] {
                    assert_eq!(scope(role, act, kind), Scope::None, "{role:?} {act:?} {kind:?}");
                }
            }
        }
    }
}
