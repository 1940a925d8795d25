-- The tables of a cache that a team shares through Supabase, for factorcli.
-- Paste this into the SQL editor of the project and run it; running it again changes nothing.
--
-- Whoever has a key of the project reads. Only the service role writes, and removes what has expired.

create table if not exists public.factor_betas_cache (
    ticker      text        not null,
    window_size integer     not null,
    model       text        not null,  -- id.basis.errors.digest of all else that changes a number
    version     integer     not null,  -- of the payload's form
    payload     json        not null,  -- the answer, as factorcli keeps it; json and not jsonb: keys stay in order
    as_of       date        not null,
    computed_at timestamptz not null,
    expires_at  timestamptz not null,
    primary key (ticker, window_size, model)
);

create table if not exists public.heatmap_cache (
    ticker      text        not null,
    "window"    integer     not null,
    model       text        not null,
    version     integer     not null,
    sector      text,
    betas       json        not null,
    t_stats     json        not null,
    r_squared   double precision,
    code        text,                  -- of the failure, if there is no result
    message     text,
    payload     json        not null,
    as_of       date        not null,
    computed_at timestamptz not null,
    primary key (ticker, "window", model)
);

-- The heatmap of each day, permanently.
create table if not exists public.heatmap_history (
    ticker      text        not null,
    "window"    integer     not null,
    model       text        not null,
    version     integer     not null,
    sector      text,
    betas       json        not null,
    t_stats     json        not null,
    r_squared   double precision,
    code        text,
    message     text,
    payload     json        not null,
    as_of       date        not null,
    computed_at timestamptz not null,
    primary key (ticker, "window", model, as_of)
);

-- Tables of an earlier version gain the columns that they lack; their rows count as of no version.
alter table public.factor_betas_cache
    add column if not exists version     integer     not null default 0,
    add column if not exists payload     json        not null default 'null',
    add column if not exists as_of       date        not null default 'epoch',
    add column if not exists computed_at timestamptz not null default 'epoch',
    add column if not exists expires_at  timestamptz not null default 'epoch';
alter table public.heatmap_cache
    add column if not exists version     integer     not null default 0,
    add column if not exists sector      text,
    add column if not exists betas       json        not null default 'null',
    add column if not exists t_stats     json        not null default 'null',
    add column if not exists r_squared   double precision,
    add column if not exists code        text,
    add column if not exists message     text,
    add column if not exists payload     json        not null default 'null',
    add column if not exists as_of       date        not null default 'epoch',
    add column if not exists computed_at timestamptz not null default 'epoch';

-- A heatmap is read whole, by window and model; what has expired is found by its time.
create index if not exists heatmap_cache_whole on public.heatmap_cache (model, "window", ticker);
create index if not exists heatmap_history_whole on public.heatmap_history (model, "window", as_of, ticker);
create index if not exists factor_betas_cache_whole on public.factor_betas_cache (model, window_size, ticker);
create index if not exists factor_betas_cache_expiry on public.factor_betas_cache (expires_at);

alter table public.factor_betas_cache enable row level security;
alter table public.heatmap_cache enable row level security;
alter table public.heatmap_history enable row level security;

drop policy if exists "everyone reads" on public.factor_betas_cache;
create policy "everyone reads" on public.factor_betas_cache for select to anon, authenticated using (true);
drop policy if exists "everyone reads" on public.heatmap_cache;
create policy "everyone reads" on public.heatmap_cache for select to anon, authenticated using (true);
drop policy if exists "everyone reads" on public.heatmap_history;
create policy "everyone reads" on public.heatmap_history for select to anon, authenticated using (true);

-- A new table of a project is open to every key; these are not.
revoke all on public.factor_betas_cache, public.heatmap_cache, public.heatmap_history from public, anon, authenticated;
grant select on public.factor_betas_cache, public.heatmap_cache, public.heatmap_history to anon, authenticated;
grant select, insert, update, delete on public.factor_betas_cache, public.heatmap_cache, public.heatmap_history
    to service_role;

-- What is of an older day does not replace what is of a newer one, whichever machine comes last.
create or replace function public.factor_keep_newer() returns trigger
    language plpgsql set search_path = ''
as $$ begin return null; end $$;
revoke all on function public.factor_keep_newer() from public, anon, authenticated;

create or replace trigger keep_newer before update on public.factor_betas_cache
    for each row when (new.as_of < old.as_of and current_user = 'service_role')
    execute function public.factor_keep_newer();
create or replace trigger keep_newer before update on public.heatmap_cache
    for each row when (new.as_of < old.as_of and current_user = 'service_role')
    execute function public.factor_keep_newer();

-- Removes beta results that have expired; returns how many.
create or replace function public.delete_expired_betas() returns bigint
    language sql security invoker set search_path = ''
as $$
    with gone as (delete from public.factor_betas_cache where expires_at <= now() returning 1)
    select count(*) from gone;
$$;
revoke all on function public.delete_expired_betas() from public, anon, authenticated;
grant execute on function public.delete_expired_betas() to service_role;

-- The windows and days of a model that there are heatmaps of: an index scan for each, however many stocks there are.
create or replace function public.factor_heatmap_days(model text) returns table ("window" integer, days date[])
    language sql stable security invoker set search_path = ''
as $$
    with recursive found as (
        (select h."window", h.as_of from public.heatmap_history as h where h.model = $1
         order by h."window", h.as_of limit 1)
        union all
        (select later."window", later.as_of
         from found cross join lateral (
             select h."window", h.as_of from public.heatmap_history as h
             where h.model = $1 and (h."window", h.as_of) > (found."window", found.as_of)
             order by h."window", h.as_of limit 1) as later)
    )
    select found."window", array_agg(found.as_of) from found group by found."window";
$$;
revoke all on function public.factor_heatmap_days(text) from public;
grant execute on function public.factor_heatmap_days(text) to anon, authenticated, service_role;

-- What `factor cache info` and `factor doctor` show of the tables together.
create or replace function public.factor_cache_info()
    returns table (row_count bigint, byte_count bigint, oldest timestamptz, newest timestamptz, can_write boolean)
    language sql stable security invoker set search_path = ''
as $$
    select count(*),
           pg_catalog.pg_total_relation_size('public.factor_betas_cache')
               + pg_catalog.pg_total_relation_size('public.heatmap_cache')
               + pg_catalog.pg_total_relation_size('public.heatmap_history'),
           min(computed_at),
           max(computed_at),
           pg_catalog.has_table_privilege('public.factor_betas_cache', 'INSERT, UPDATE')
               and pg_catalog.has_table_privilege('public.heatmap_cache', 'INSERT, UPDATE')
               and pg_catalog.has_table_privilege('public.heatmap_history', 'INSERT, UPDATE')
    from (
        select computed_at from public.factor_betas_cache
        union all
        select computed_at from public.heatmap_cache
        union all
        select computed_at from public.heatmap_history
    ) as tables;
$$;
revoke all on function public.factor_cache_info() from public;
grant execute on function public.factor_cache_info() to anon, authenticated, service_role;

notify pgrst, 'reload schema';
