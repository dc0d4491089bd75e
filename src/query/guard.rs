//! What a user's SQL may say: parsed first, and refused where polars-sql would answer wrongly without a
//! word. What is written otherwise is [`super::rewrite`]'s.

use super::QueryError;
use super::functions::{JsonCall, lift_calls};
use super::rewrite::{Rule, Widen, name_columns};
use super::views;
use sqlparser::ast::{
    BinaryOperator, Expr, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr,
    Statement, TableFactor, Visit, VisitMut, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// A query that may be run.
pub(super) struct Guarded {
    /// Its text, rewritten.
    pub(super) sql: String,
    /// The tables and views that it reads.
    pub(super) tables: Vec<String>,
    /// The calls of our own functions in it, which are columns now.
    pub(super) calls: Vec<JsonCall>,
}

/// The tables and views that an SQL text of ours reads.
///
/// # Errors
/// [`QueryError::Sql`] for what cannot be parsed, [`QueryError::UnknownTable`].
pub(super) fn tables_read(sql: &str) -> Result<Vec<String>, QueryError> {
    let query = parse(sql)?;
    let mut found = Names::default();
    let _ = Visit::visit(&query, &mut found);
    found.tables(&views::names())
}

/// A query's table expressions, each by its name, and what is asked of them.
///
/// # Errors
/// [`QueryError::Sql`] for what cannot be parsed.
pub(super) fn steps(sql: &str) -> Result<(Vec<(String, String)>, String), QueryError> {
    let mut query = parse(sql)?;
    let _ = VisitMut::visit(&mut query, &mut Rule::prefixes());
    let with = query.with.take();
    let steps = with.into_iter().flat_map(|with| with.cte_tables);
    let steps = steps.map(|step| (step.alias.name.value, step.query.to_string())).collect();
    Ok((steps, query.to_string()))
}

/// An SQL text of ours as it is run, and the calls of our own functions in it, which are columns now.
///
/// # Errors
/// [`QueryError::Sql`] for what cannot be parsed, [`QueryError::Unsupported`] for misused functions.
pub(super) fn runnable(sql: &str) -> Result<(String, Vec<JsonCall>), QueryError> {
    let mut query = parse(sql)?;
    let calls = lifted(&mut query)?;
    let _ = VisitMut::visit(&mut query, &mut Rule::prefixes());
    Ok((query.to_string(), calls))
}

/// Takes the calls of our own functions out of a query; what is cheaper than they are is asked first.
fn lifted(query: &mut Query) -> Result<Vec<JsonCall>, QueryError> {
    let calls = lift_calls(query).map_err(refuse)?;
    if !calls.is_empty() {
        let _ = VisitMut::visit(query, &mut Rule::alternatives());
    }
    Ok(calls)
}

/// The names of a query's columns, where each has one.
///
/// # Errors
/// [`QueryError::Sql`] for what cannot be parsed.
pub fn output_columns(sql: &str) -> Result<Vec<String>, QueryError> {
    fn first(body: &SetExpr) -> Option<&Select> {
        match body {
            SetExpr::Select(select) => Some(select),
            SetExpr::SetOperation { left, .. } => first(left),
            SetExpr::Query(query) => first(&query.body),
            _ => None,
        }
    }
    let query = parse(sql)?;
    let items = first(&query.body).map_or(&[][..], |select| &select.projection);
    Ok(items
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                parts.last().map(|name| name.value.clone())
            }
            _ => None,
        })
        .collect())
}

/// Parses a user's query and makes it safe to run; `known` are the tables and views there are.
///
/// # Errors
/// As [`tables_read`]; [`QueryError::Unsupported`] with what to write instead.
pub(super) fn check(sql: &str, known: &[&str]) -> Result<Guarded, QueryError> {
    super::limits::check_size(sql)?;
    let mut query = parse(sql)?;
    let mut names = Names::default();
    let _ = Visit::visit(&query, &mut names);
    for name in names.ctes.iter().chain(&names.aliases) {
        if known.contains(&name.as_str()) && !(names.is_alias_of_itself(name)) {
            return Err(refuse(format!(
                "`{name}` is a table or view, and a table expression or alias of the same name would be \
                 ignored; choose another name, such as `my_{name}`"
            )));
        }
    }
    let mut refusals = Refusals::default();
    let _ = Visit::visit(&query, &mut refusals);
    if let Some(what) = refusals.found {
        return Err(refuse(what));
    }
    let tables = names.tables(known)?;
    name_columns(&mut query);
    let calls = lifted(&mut query)?;
    let _ = VisitMut::visit(&mut query, &mut Widen);
    let _ = VisitMut::visit(&mut query, &mut Rule::prefixes());
    Ok(Guarded { sql: query.to_string(), tables, calls })
}

fn refuse(what: String) -> QueryError {
    QueryError::Unsupported { what }
}

fn parse(sql: &str) -> Result<Box<Query>, QueryError> {
    let mut statements = Parser::parse_sql(&GenericDialect {}, sql)
        .map_err(|error| QueryError::Sql(error.to_string()))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => Ok(query),
        (None, _) => Err(QueryError::Sql("the query is empty".into())),
        (_, false) => Err(refuse("one query at a time is run, and there are several".into())),
        (Some(other), true) => {
            let verb = other.to_string();
            let verb = verb.split_whitespace().next().unwrap_or_default().to_owned();
            Err(refuse(format!("`{verb}` is not supported; a store is read with SELECT")))
        }
    }
}

/// Collects the names of tables, table expressions and aliases.
#[derive(Default)]
struct Names {
    relations: Vec<String>,
    ctes: Vec<String>,
    /// Aliases, and the tables that they stand for.
    aliases: Vec<String>,
    pairs: Vec<(String, String)>,
}

impl Names {
    fn tables(&self, known: &[&str]) -> Result<Vec<String>, QueryError> {
        let mut tables = Vec::new();
        for name in &self.relations {
            if self.ctes.contains(name) || tables.contains(name) {
                continue;
            }
            if !known.contains(&name.as_str()) {
                return Err(QueryError::unknown_table(name, known));
            }
            tables.push(name.clone());
        }
        Ok(tables)
    }

    /// `FROM events AS events` is no harm.
    fn is_alias_of_itself(&self, alias: &str) -> bool {
        !self.ctes.iter().any(|name| name == alias)
            && self
                .pairs
                .iter()
                .filter(|(name, _)| name == alias)
                .all(|(name, table)| name == table)
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            self.ctes.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.clone()));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let alias = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let name = name.0.last().map_or_else(String::new, |part| {
                    part.as_ident().map_or_else(|| part.to_string(), |ident| ident.value.clone())
                });
                if let Some(alias) = alias {
                    self.pairs.push((alias.name.value.clone(), name.clone()));
                }
                self.relations.push(name);
                alias
            }
            TableFactor::Derived { alias, .. } => {
                if let Some(alias) = alias {
                    self.pairs.push((alias.name.value.clone(), String::new()));
                }
                alias
            }
            _ => &None,
        };
        self.aliases.extend(alias.iter().map(|alias| alias.name.value.clone()));
        ControlFlow::Continue(())
    }
}

/// Finds what would be answered wrongly.
#[derive(Default)]
struct Refusals {
    found: Option<String>,
}

impl Visitor for Refusals {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let (JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)) = &join.join_operator
            else {
                continue;
            };
            if let JoinConstraint::On(condition) = constraint
                && !is_equalities(condition)
            {
                self.found = Some(format!(
                    "an outer join ON `{condition}` would drop unmatched rows; leave only equalities of \
                     columns in ON, and put other conditions into a WITH expression before the join"
                ));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expression else { return ControlFlow::Continue(()) };
        let name = function.name.to_string().to_lowercase();
        let is_quantile = matches!(name.as_str(), "quantile_disc" | "quantile_cont" | "median");
        if is_quantile && function.over.is_some() {
            self.found = Some(format!(
                "`{name}(…) OVER (…)` would ignore its OVER; compute it with GROUP BY in a WITH \
                 expression and join that"
            ));
            return ControlFlow::Break(());
        }
        if is_quantile && function.filter.is_some() {
            self.found = Some(format!(
                "`{name}(…) FILTER (…)` is not supported; write `{name}(CASE WHEN … THEN x END, q)`"
            ));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Whether a join condition holds only equalities of two columns.
fn is_equalities(condition: &Expr) -> bool {
    let is_column = |side: &Expr| matches!(side, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    match condition {
        Expr::Nested(inner) => is_equalities(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            is_equalities(left) && is_equalities(right)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            is_column(left) && is_column(right)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["events", "spans", "records"];

    fn rewritten(sql: &str) -> String {
        check(sql, &KNOWN).unwrap().sql
    }

    fn refused(sql: &str) -> String {
        check(sql, &KNOWN).err().unwrap().to_string()
    }

    #[test]
    fn counts_are_64_bits_wide() {
        assert_eq!(
            rewritten("SELECT type, COUNT(*) FROM events GROUP BY type"),
            "SELECT type, CAST(COUNT(*) AS BIGINT) AS \"COUNT(*)\" FROM events GROUP BY type"
        );
        assert_eq!(
            rewritten("SELECT COUNT(*) - 1 AS n FROM events"),
            "SELECT CAST(COUNT(*) AS BIGINT) - 1 AS n FROM events"
        );
        assert_eq!(
            rewritten("SELECT LENGTH(agent) - 100 AS n FROM events"),
            "SELECT CAST(LENGTH(agent) AS BIGINT) - 100 AS n FROM events"
        );
        assert_eq!(
            rewritten("SELECT EXTRACT(HOUR FROM time) * 60 AS n FROM events"),
            "SELECT CAST(EXTRACT(HOUR FROM time) AS BIGINT) * 60 AS n FROM events"
        );
    }

    #[test]
    fn beginnings_need_no_pattern() {
        assert_eq!(
            rewritten("SELECT id FROM events WHERE agent LIKE 'it''s%' OR agent NOT LIKE 'b:%'"),
            "SELECT id FROM events WHERE (STARTS_WITH(agent, 'it''s')) OR \
             (NOT STARTS_WITH(agent, 'b:'))"
        );
        for pattern in ["a_%", "%a%", "a", "a%b%"] {
            let sql = format!("SELECT id FROM events WHERE agent LIKE '{pattern}'");
            assert_eq!(rewritten(&sql), sql);
        }
        assert_eq!(
            rewritten("SELECT agent LIKE 'a%' FROM events"),
            "SELECT (STARTS_WITH(agent, 'a')) AS \"agent LIKE 'a%'\" FROM events"
        );
    }

    #[test]
    fn short_lists_are_asked_one_by_one_before_json_is_looked_into() {
        assert_eq!(
            rewritten("SELECT json_text(data, 'k') AS k FROM events WHERE type IN ('A', 'it''s')"),
            "SELECT \"json_text(data, 'k')\" AS k FROM events WHERE ((type = 'A' OR type = 'it''s'))"
        );
        assert_eq!(
            rewritten("SELECT json_text(data, 'k') AS k FROM events WHERE type NOT IN ('A')"),
            "SELECT \"json_text(data, 'k')\" AS k FROM events WHERE (NOT (type = 'A'))"
        );
        let without_json = "SELECT id FROM events WHERE type IN ('A', 'B')";
        assert_eq!(rewritten(without_json), without_json);
        let numbers = "SELECT json_text(data, 'k') AS k FROM events WHERE duration_ns IN (1, 2)";
        assert!(rewritten(numbers).ends_with("WHERE duration_ns IN (1, 2)"));
    }

    #[test]
    fn tables_are_found() {
        let sql = "WITH c AS (SELECT * FROM spans) SELECT * FROM c JOIN events ON c.id = events.id";
        assert_eq!(check(sql, &KNOWN).unwrap().tables, ["spans", "events"]);
        assert!(refused("SELECT * FROM evnts").contains("did you mean `events`"));
    }

    #[test]
    fn silent_mistakes_are_refused() {
        assert!(
            refused("SELECT * FROM events e LEFT JOIN spans s ON e.id = s.id AND s.ts_us > 5")
                .contains("outer join")
        );
        assert!(
            check("SELECT * FROM events e JOIN spans s ON e.id = s.id AND s.ts_us > 5", &KNOWN)
                .is_ok()
        );
        assert!(refused("WITH events AS (SELECT 1) SELECT * FROM events").contains("my_events"));
        assert!(refused("SELECT * FROM spans AS events").contains("my_events"));
        assert!(check("SELECT * FROM events AS events", &KNOWN).is_ok());
        assert!(
            refused("SELECT QUANTILE_DISC(ts_us, 0.5) OVER (PARTITION BY id) FROM spans")
                .contains("OVER")
        );
        assert!(refused("DROP TABLE events").contains("SELECT"));
        assert!(refused("SELECT 1; SELECT 2").contains("several"));
        assert!(refused("SELEC 1").contains("Expected"));
    }
}
