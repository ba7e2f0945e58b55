//! `rapport user` and `rapport token`: administration without a browser. They open the database themselves, and say so
//! when a running server holds it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use domain::auth::{Setup, TokenScope};
use domain::list::ListQuery;
use domain::record::Patch;
use domain::rights::Role;
use domain::{Error, Fields, Filter, Kind, Locale, Record, filter::Op};
use serde_json::json;
use service::{App, Ctx, Visit};

use super::{Settings, secret_from};
use crate::settings::Refused;

#[derive(Subcommand)]
pub enum User {
    /// Add a person who may sign in; the first one sets the product up and must be its owner
    Add {
        /// E-mail address to sign in with
        email: String,
        /// Full name
        #[arg(long, env = "RAPPORT_USER_NAME")]
        name: String,
        /// owner, admin, manager, sales, marketing, service, analyst or read_only
        #[arg(long, env = "RAPPORT_USER_ROLE", value_parser = role, default_value = "sales")]
        role: Role,
        /// Name of the team
        #[arg(long, env = "RAPPORT_USER_TEAM")]
        team: Option<String>,
        /// File with the password; - reads standard input
        #[arg(long, env = "RAPPORT_PASSWORD_FILE", value_name = "FILE")]
        password_file: PathBuf,
        /// Name of the company, for the first person
        #[arg(long, env = "RAPPORT_WORKSPACE", default_value = "Rapport")]
        workspace: String,
        /// Currency of new amounts (ISO 4217), for the first person
        #[arg(long, env = "RAPPORT_CURRENCY", default_value = "USD")]
        currency: String,
    },
    /// List the people
    List,
    /// Let a person no longer sign in; what is theirs stays theirs
    Disable {
        /// E-mail address
        email: String,
    },
    /// Let a disabled person sign in again
    Enable {
        /// E-mail address
        email: String,
    },
    /// Set a new password, end the person's sessions and take their API tokens back
    ResetPassword {
        /// E-mail address
        email: String,
        /// File with the password; - reads standard input
        #[arg(long, env = "RAPPORT_PASSWORD_FILE", value_name = "FILE")]
        password_file: PathBuf,
    },
}

#[derive(Subcommand)]
pub enum Token {
    /// Make an API token for a person; it is printed once
    Create {
        /// E-mail address of the person whose rights it has
        email: String,
        /// What it may do
        #[arg(long, env = "RAPPORT_TOKEN_SCOPE", value_enum, default_value = "read")]
        scope: Scope,
        /// Name, to know it by
        #[arg(long, env = "RAPPORT_TOKEN_NAME", default_value = "command line")]
        name: String,
        /// Days until it expires [default: never]
        #[arg(long, env = "RAPPORT_TOKEN_DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Scope {
    /// Read what the person may see
    Read,
    /// Read and write
    Write,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| format!("one of {}", Role::ALL.map(Role::name).join(", ")))
}

/// Who acts: the person with this address, else the system, which may do everything.
pub async fn acting(app: &App, email: Option<&str>) -> Result<Ctx, Refused> {
    match email {
        None => Ok(app.system("command line")),
        Some(email) => match service::auth::act_as(app, email).await {
            Err(Error::NotFound | Error::Forbidden) => Err(nobody(email)),
            other => Ok(other?),
        },
    }
}

fn nobody(email: &str) -> Refused {
    Refused::new(format!("Nobody can sign in as {email}."), "`rapport user list` shows who can.")
}

async fn find(ctx: &Ctx, kind: Kind, field: &str, value: &str) -> Result<Option<Record>, Refused> {
    let filter = Filter::is(field, Op::Eq, value).to_string();
    let page = service::records::list(ctx, kind, &ListQuery { filter, limit: 2, ..ListQuery::default() }).await?;
    Ok(page.records.into_iter().next())
}

async fn person(ctx: &Ctx, email: &str) -> Result<Record, Refused> {
    find(ctx, Kind::User, "email", &email.trim().to_lowercase()).await?.ok_or_else(|| nobody(email))
}

impl User {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, Refused> {
        let app = settings.open(false, false).await?;
        let ctx = app.system("command line");
        match self {
            User::Add { email, name, role, team, password_file, workspace, currency } => {
                let password = secret_from(&password_file)?;
                if app.needs_setup().await? {
                    let setup = Setup {
                        workspace,
                        name,
                        email: email.clone(),
                        password,
                        currency,
                        locale: Locale::En,
                        time_zone: "UTC".to_owned(),
                    };
                    first(&app, role, setup).await?;
                } else {
                    let mut fields = Fields::new();
                    for (field, value) in [("name", name.as_str()), ("email", email.as_str()), ("role", role.name())] {
                        fields.insert(field.to_owned(), json!(value));
                    }
                    if let Some(team) = team {
                        let known = find(&ctx, Kind::Team, "name", &team).await?;
                        let advice = "Make the team first, in the browser or through the REST interface.";
                        let id = known.ok_or_else(|| Refused::new(format!("There is no team {team:?}."), advice))?.id;
                        fields.insert("team".to_owned(), json!(id));
                    }
                    add(&ctx, fields, &password, &name).await?;
                }
                println!("{email} may sign in as {}.", role.name());
            }
            User::List => list(&ctx).await?,
            User::Disable { email } => {
                able(&ctx, &email, true).await?;
                println!("{email} may no longer sign in.");
            }
            User::Enable { email } => {
                able(&ctx, &email, false).await?;
                println!("{email} may sign in again.");
            }
            User::ResetPassword { email, password_file } => {
                let password = secret_from(&password_file)?;
                let user = person(&ctx, &email).await?;
                service::users::set_password(&ctx, user.id, &password).await?;
                println!("{email} has a new password; their sessions ended and their API tokens were taken back.");
            }
        }
        app.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// The first person sets the product up.
async fn first(app: &App, role: Role, setup: Setup) -> Result<(), Refused> {
    if role != Role::Owner {
        return Err(Refused::new("Nobody is here yet: the first person must be the owner.", "Add --role owner."));
    }
    let visit =
        Visit { app: app.clone(), ctx: None, locale: Locale::En, address: "command line".to_owned(), agent: "command line".to_owned() };
    let signed_in = service::auth::set_up(&visit, setup).await?;
    // Nobody sits at the browser this session would be for.
    Ok(service::auth::sign_out(&signed_in.ctx).await?)
}

async fn add(ctx: &Ctx, fields: Fields, password: &str, name: &str) -> Result<(), Refused> {
    // Before anything is written: a person without a password would be left behind.
    let email = fields.get("email").and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    domain::auth::check_password("password", password, &email, name).map_err(|e| Error::Invalid { fields: vec![e] })?;
    let user = service::records::create(ctx, Kind::User, fields, None).await?;
    Ok(service::users::set_password(ctx, user.id, password).await?)
}

async fn able(ctx: &Ctx, email: &str, disabled: bool) -> Result<(), Refused> {
    let user = person(ctx, email).await?;
    let fields = Fields::from_iter([("disabled".to_owned(), json!(disabled))]);
    service::records::update(ctx, Kind::User, user.id, Patch { base: user.fields.clone(), version: user.version, fields }).await?;
    Ok(())
}

async fn list(ctx: &Ctx) -> Result<(), Refused> {
    let mut query = ListQuery { limit: 500, sort: "name".to_owned(), ..ListQuery::default() };
    println!("{:<32} {:<28} {:<10} state", "e-mail", "name", "role");
    loop {
        let page = service::records::list(ctx, Kind::User, &query).await?;
        for user in &page.records {
            let state = match (user.flag("disabled"), user.text("email")) {
                (true, _) => "disabled",
                (_, "") => "no sign-in",
                _ => "active",
            };
            println!("{:<32} {:<28} {:<10} {state}", user.text("email"), user.name(), user.text("role"));
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(()),
        }
    }
}

impl Token {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, Refused> {
        let Token::Create { email, scope, name, days } = self;
        let app = settings.open(false, false).await?;
        let ctx = acting(&app, Some(&email)).await?;
        let (scope, may) = match scope {
            Scope::Read => (TokenScope::Read, "It may only read; `--scope write` makes one that writes too."),
            Scope::Write => (TokenScope::Write, "It may read and write."),
        };
        let token = service::auth::create_token(&ctx, &name, scope, days).await?;
        // Alone on standard output, for scripts; what people need to know goes beside it.
        println!("{}", token.secret);
        eprintln!("It is shown only this once. {may} Use it as `Authorization: Bearer …`.");
        app.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
