-- Several lists for each authority, what is known of each, and what a tenant asks of certificates.

alter table tenants add column validation text not null default '{}';

alter table authorities add column name text;
alter table authorities add column sources text not null default '{}';
update authorities set sources = json_object('crlUrls', json_array(crl_url))
    where crl_url is not null;

create table lists (
    authority text not null references authorities (id) on delete cascade,
    url text not null,
    der blob not null,
    primary key (authority, url)
) strict;

-- Apart from the lists, so that writing down an attempt does not write millions of bytes again.
create table list_states (
    authority text not null references authorities (id) on delete cascade,
    url text not null,
    -- Counts how often the list was replaced.
    version integer not null,
    state text not null,
    primary key (authority, url)
) strict;

insert into lists (authority, url, der)
    select crls.authority, authorities.crl_url, crls.der
    from crls join authorities on authorities.id = crls.authority
    where authorities.crl_url is not null;
insert into list_states (authority, url, version, state)
    select crls.authority, authorities.crl_url, 1,
        json_object('fetchedAt', crls.fetched_at, 'attemptedAt', crls.fetched_at)
    from crls join authorities on authorities.id = crls.authority
    where authorities.crl_url is not null;

drop table crls;
alter table authorities drop column crl_url;
