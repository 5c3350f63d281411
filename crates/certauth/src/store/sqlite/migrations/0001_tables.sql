-- Ids are text, times are seconds since 1970, structures are JSON, and what is searched or must be
-- unique has a column of its own.

create table tenants (
    id text primary key,
    display_name text not null,
    method text not null,
    help_url text,
    version integer not null
) strict;

create table domains (
    name text primary key,
    tenant text not null references tenants (id) on delete cascade,
    position integer not null
) strict;

create table users (
    tenant text not null references tenants (id) on delete cascade,
    id text not null,
    -- The username in lowercase.
    name text not null,
    account text not null,
    password text,
    code_secret blob,
    -- The last step of the one-time code that was used (RFC 6238 §5.2).
    code_step integer not null default -1,
    administrator integer not null,
    primary key (tenant, id),
    unique (tenant, name)
) strict;

-- A certificate must mean one account: no two users of a tenant share a value.
create table certificate_user_ids (
    tenant text not null,
    value text not null,
    user text not null,
    primary key (tenant, value),
    foreign key (tenant, user) references users (tenant, id) on delete cascade
) strict;

create index certificate_user_ids_of on certificate_user_ids (tenant, user);

create table applications (
    tenant text not null references tenants (id) on delete cascade,
    id text not null,
    application text not null,
    primary key (tenant, id)
) strict;

create table authorities (
    id text primary key,
    tenant text not null references tenants (id) on delete cascade,
    root integer not null,
    certificate blob not null,
    crl_url text,
    unique (tenant, certificate)
) strict;

create table crls (
    authority text primary key references authorities (id) on delete cascade,
    der blob not null,
    fetched_at integer not null
) strict;

create table journeys (
    id_sha256 text primary key,
    tenant text not null,
    state text not null,
    expires_at integer not null,
    version integer not null
) strict;

create index journeys_by_end on journeys (expires_at);

create table once (
    kind text not null,
    key_sha256 text not null,
    payload text not null,
    expires_at integer not null,
    primary key (kind, key_sha256)
) strict;

create index once_by_end on once (expires_at);

create table sessions (
    id text primary key,
    tenant text not null,
    account text not null,
    key_sha256 text not null unique,
    jkt text,
    parent text,
    recorded text not null,
    started_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict;

create index sessions_by_end on sessions (expires_at);

create table refresh_tokens (
    key_sha256 text primary key,
    session text not null,
    client text not null,
    scope text not null,
    jkt text,
    family text not null,
    expires_at integer not null,
    rotated_at integer,
    successor blob
) strict;

create index refresh_tokens_by_family on refresh_tokens (family);
create index refresh_tokens_by_end on refresh_tokens (expires_at);

create table sign_in_log (
    sequence integer primary key autoincrement,
    id text not null unique,
    created_at integer not null,
    tenant text not null,
    correlation_id text not null,
    account text,
    username text,
    application text,
    address text,
    result text not null,
    code integer not null,
    step text not null,
    factors text not null,
    details text not null,
    explanation text
) strict;

create index sign_in_log_by_tenant on sign_in_log (tenant, sequence);
create index sign_in_log_by_correlation on sign_in_log (correlation_id);

create table signing_keys (
    id text primary key,
    algorithm text not null,
    sealed blob not null,
    created_at integer not null
) strict;
