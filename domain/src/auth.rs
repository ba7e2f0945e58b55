//! Signing in: what is sent and shown. Secrets travel only towards the server.

use serde::{Deserialize, Serialize};

use crate::rights::{Role, Who};
use crate::{Error, FieldError, Id, Locale, Result, text};

/// The signed-in person as every screen knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub team: Option<Id>,
    pub team_members: Vec<Id>,
    pub locale: Locale,
    /// IANA name.
    pub time_zone: String,
    /// Name of the workspace and the currency of new amounts.
    pub workspace: String,
    pub currency: String,
    /// Sample company, with known passwords.
    pub demo: bool,
}

impl Me {
    pub fn who(&self) -> Who {
        Who { id: self.id, role: self.role, team_members: self.team_members.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

/// First start: the owner and the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    pub workspace: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub currency: String,
    pub locale: Locale,
    pub time_zone: String,
}

/// A place somebody is signed in at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub id: Id,
    pub created_at: String,
    pub last_seen_at: String,
    /// "Chromium on Linux", as far as the browser says.
    pub device: String,
    pub address: String,
    pub current: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read what the person may see.
    Read,
    /// Read and write.
    Write,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    pub id: Id,
    pub name: String,
    pub scope: TokenScope,
    /// The first characters, to tell tokens apart.
    pub prefix: String,
    pub created_at: String,
    pub last_used_at: Option<String>,
    pub expires_at: Option<String>,
}

/// The one time that a token is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    pub info: TokenInfo,
    pub secret: String,
}

pub const PASSWORD_MIN: usize = 10;
pub const PASSWORD_MAX: usize = 200;

/// NIST SP 800-63B: length matters, not classes of signs; nothing that everybody tries first, not one's own name.
pub fn check_password(field: &str, password: &str, email: &str, name: &str) -> Result<(), FieldError> {
    let count = password.chars().count();
    if count < PASSWORD_MIN {
        return Err(FieldError::new(field, "password_short").with("min", PASSWORD_MIN));
    }
    if count > PASSWORD_MAX {
        return Err(FieldError::new(field, "too_long").with("max", PASSWORD_MAX));
    }
    let folded = text::fold(password);
    let local = text::lower(email.split('@').next().unwrap_or_default());
    let first = folded.chars().next();
    let one_sign = folded.chars().all(|c| Some(c) == first);
    let common = ["password", "qwertyuiop", "1234567890", "0123456789", "1q2w3e4r5t", "letmein", "iloveyou", "administrator", "welcome"];
    let rest = common.iter().fold(folded.clone(), |t, c| t.replace(c, ""));
    let personal = (local.len() >= 4 && folded == local) || folded == text::fold(name) || folded == text::fold(email);
    if one_sign || rest.chars().filter(|c| c.is_alphanumeric()).count() < 4 || personal {
        return Err(FieldError::new(field, "password_common"));
    }
    Ok(())
}

impl Setup {
    pub fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        for (field, value) in [("workspace", &self.workspace), ("name", &self.name)] {
            if crate::text::trimmed(value).is_empty() {
                errors.push(FieldError::new(field, "required"));
            } else if value.chars().count() > 200 {
                errors.push(FieldError::new(field, "too_long").with("max", 200));
            }
        }
        if text::normal_email(&self.email).is_none() {
            errors.push(FieldError::new("email", "email"));
        }
        if crate::money::Currency::parse(&self.currency).is_none() {
            errors.push(FieldError::new("currency", "currency").with("value", &self.currency));
        }
        errors.extend(check_password("password", &self.password, &self.email, &self.name).err());
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
    }
}

#[cfg(test)]
mod tests {
    use super::check_password;

    #[test]
    fn weak_passwords_are_refused() {
        for bad in ["short", "aaaaaaaaaaaa", "password123", "anna@globex.example", "1234567890"] {
            assert!(check_password("p", bad, "anna@globex.example", "Anna").is_err(), "{bad}");
        }
        for good in ["correct horse battery", "мій довгий пароль", "tr0ub4dor&3xyz"] {
            assert!(check_password("p", good, "anna@globex.example", "Anna").is_ok(), "{good}");
        }
    }
}
