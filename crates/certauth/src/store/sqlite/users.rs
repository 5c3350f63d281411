use policy::UserProperty;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite, Transaction, query};

use super::{BEGIN, json};
use crate::store::{StoreError, User};

pub(super) async fn find_by_name(
    pool: &SqlitePool,
    tenant: &str,
    username: &str,
) -> Result<Option<User>, StoreError> {
    query("select * from users where tenant = $1 and name = $2")
        .bind(tenant)
        .bind(username.to_ascii_lowercase())
        .fetch_optional(pool)
        .await?
        .map(|row| read(&row))
        .transpose()
}

pub(super) async fn find(
    pool: &SqlitePool,
    tenant: &str,
    id: &str,
) -> Result<Option<User>, StoreError> {
    query("select * from users where tenant = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(pool)
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Finds a user as it is within a transaction.
pub(super) async fn current(
    transaction: &mut Transaction<'_, Sqlite>,
    tenant: &str,
    id: &str,
) -> Result<Option<User>, StoreError> {
    query("select * from users where tenant = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await?
        .map(|row| read(&row))
        .transpose()
}

pub(super) async fn list(pool: &SqlitePool, tenant: &str) -> Result<Vec<User>, StoreError> {
    query("select * from users where tenant = $1 order by name")
        .bind(tenant)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Finds the users that have one of the values in a property, without regard to ASCII case.
pub(super) async fn by_property(
    pool: &SqlitePool,
    tenant: &str,
    property: UserProperty,
    values: &[String],
    most: u32,
) -> Result<Vec<User>, StoreError> {
    let statement = match property {
        UserProperty::UserPrincipalName => {
            "select * from users where tenant = $1
                and name in (select value from json_each($2)) limit $3"
        }
        UserProperty::OnPremisesUserPrincipalName => {
            "select * from users where tenant = $1
                and lower(json_extract(account, '$.on_premises_user_principal_name'))
                    in (select value from json_each($2)) limit $3"
        }
        UserProperty::CertificateUserIds => {
            "select * from users where tenant = $1 and id in (
                select user from certificate_user_ids where tenant = $1
                    and value in (select value from json_each($2))) limit $3"
        }
    };
    let values: Vec<String> = values
        .iter()
        .map(|value| value.to_ascii_lowercase())
        .collect();
    query(statement)
        .bind(tenant)
        .bind(json::write("values to look for", &values)?)
        .bind(most)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

pub(super) async fn put(pool: &SqlitePool, user: &User) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    write(&mut transaction, user).await?;
    write_values(&mut transaction, user).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes a user and lets go of its certificate values.
pub(super) async fn write(
    transaction: &mut Transaction<'_, Sqlite>,
    user: &User,
) -> Result<(), StoreError> {
    let account = &user.account;
    query(
        "insert into users (tenant, id, name, account, password, code_secret, administrator)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant, id) do update set name = $3, account = $4, password = $5,
                code_secret = $6, administrator = $7",
    )
    .bind(&user.tenant)
    .bind(&account.id)
    .bind(account.user_principal_name.to_ascii_lowercase())
    .bind(json::write("account", account)?)
    .bind(
        user.password
            .as_ref()
            .map(|hash| json::write("password hash", hash))
            .transpose()?,
    )
    .bind(&user.code_secret)
    .bind(user.administrator)
    .execute(&mut **transaction)
    .await
    .map_err(|error| {
        StoreError::unique(error, || {
            format!("the user {}", account.user_principal_name)
        })
    })?;
    query("delete from certificate_user_ids where tenant = $1 and user = $2")
        .bind(&user.tenant)
        .bind(&account.id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Gives a user its certificate values.
pub(super) async fn write_values(
    transaction: &mut Transaction<'_, Sqlite>,
    user: &User,
) -> Result<(), StoreError> {
    let account = &user.account;
    let mut written: Vec<String> = Vec::new();
    for value in &account.certificate_user_ids {
        // Without regard to case, as the bindings compare most of them: two accounts whose values
        // differ in nothing else would both answer to one certificate.
        let lower = value.to_ascii_lowercase();
        if written.contains(&lower) {
            continue;
        }
        query("insert into certificate_user_ids (tenant, value, user) values ($1, $2, $3)")
            .bind(&user.tenant)
            .bind(&lower)
            .bind(&account.id)
            .execute(&mut **transaction)
            .await
            .map_err(|error| {
                StoreError::unique(error, || format!("the certificate user id {value}"))
            })?;
        written.push(lower);
    }
    Ok(())
}

pub(super) async fn use_code_step(
    pool: &SqlitePool,
    tenant: &str,
    id: &str,
    step: u64,
) -> Result<bool, StoreError> {
    let Ok(step) = i64::try_from(step) else {
        return Ok(false);
    };
    let used =
        query("update users set code_step = $3 where tenant = $1 and id = $2 and code_step < $3")
            .bind(tenant)
            .bind(id)
            .bind(step)
            .execute(pool)
            .await?;
    Ok(used.rows_affected() == 1)
}

fn read(row: &SqliteRow) -> Result<User, StoreError> {
    let mut account: policy::Account = json::read("account", row.try_get("account")?)?;
    let password = row
        .try_get::<Option<String>, _>("password")?
        .map(|hash| json::read("password hash", &hash))
        .transpose()?;
    let code_secret: Option<Vec<u8>> = row.try_get("code_secret")?;
    account.has_password = password.is_some();
    account.has_code = code_secret.is_some();
    Ok(User {
        account,
        tenant: row.try_get("tenant")?,
        password,
        code_secret,
        administrator: row.try_get("administrator")?,
    })
}
