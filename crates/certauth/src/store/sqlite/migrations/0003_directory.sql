-- What was imported from a directory, with its annotations, and what a tenant chose beside it.

alter table tenants add column settings text not null default '{}';

-- Until here every tenant sent the names of all its authorities.
update tenants set method = json_set(method, '$.issuer_hints', json('true'));

-- The container of an authority and what the directory says of it.
alter table authorities add column directory text not null default '{}';
alter table authorities add column deleted_at integer;

create table documents (
    tenant text not null references tenants (id) on delete cascade,
    kind text not null,
    id text not null,
    document text not null,
    deleted_at integer,
    primary key (tenant, kind, id)
) strict;

-- The account of a certificate is looked for by it in tenants that work as in 2022.
create index users_by_on_premises_name
    on users (tenant, lower(json_extract(account, '$.on_premises_user_principal_name')));
