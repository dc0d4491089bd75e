//! Texts of ours run share by share: what a text makes of each group alone is made in shares, and what it
//! makes of all of them together is made of the rows of these, once.
//!
//! Which of a text's table expressions ends its work on groups is for whoever wrote the text to say.

use super::engine::{Engine, collect};
use super::functions::with_calls;
use super::lineage::{columns_read, outline};
use super::shares::Shares;
use super::{QueryError, guard};
use polars::prelude::{DataFrame, Expr, IntoLazy, LazyFrame, SchemaRef, col};
use polars_sql::SQLContext;

/// A text, and the table expression of it up to which it looks at one group at a time.
#[derive(Clone, Debug)]
pub struct Staged<'t> {
    /// The text.
    pub sql: &'t str,
    /// The name of the table expression; those after it read no table or view, and of those before it
    /// only itself.
    pub step: &'t str,
}

/// A text on its way.
struct Running {
    /// Its table expressions up to the one that ends its work on groups, and those after that.
    of_groups: Vec<(String, String)>,
    of_all: Vec<(String, String)>,
    last: String,
    rows: Option<DataFrame>,
    failure: Option<QueryError>,
}

impl Running {
    fn of(staged: &Staged<'_>) -> Result<Self, QueryError> {
        let (sql, _) = guard::runnable(staged.sql)?;
        let (mut of_groups, last) = guard::steps(&sql)?;
        let is_step = |(name, _): &(String, String)| name == staged.step;
        let place = of_groups.iter().position(is_step).map_or(of_groups.len(), |place| place + 1);
        let of_all = of_groups.split_off(place);
        Ok(Self { of_groups, of_all, last, rows: None, failure: None })
    }

    /// What is made of rows on which the rest rests.
    fn rest(&self, rows: LazyFrame) -> Result<LazyFrame, QueryError> {
        let mut context = SQLContext::new();
        if let Some((name, _)) = self.of_groups.last() {
            context.register(name, rows);
        }
        for (name, sql) in &self.of_all {
            let frame = context.execute(sql)?;
            context.register(name, frame);
        }
        Ok(context.execute(&self.last)?)
    }

    /// Those columns of the rows that the rest reads.
    fn columns(&self, schema: &SchemaRef) -> Result<Vec<Expr>, QueryError> {
        let mut read = columns_read(self.rest(outline("rows", schema))?)?;
        let read = read.remove("rows").unwrap_or_default();
        Ok(read.iter().map(|name| col(name.as_str())).collect())
    }

    /// Adds the rows of a share.
    fn add(&mut self, engine: &Engine, staged: &Staged<'_>) -> Result<(), QueryError> {
        let names = guard::tables_read(staged.sql)?;
        let (_, calls) = guard::runnable(staged.sql)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = engine.plan(&names, |frame| {
            let mut context = SQLContext::new();
            for name in &names {
                context.register(name, with_calls(frame(name)?, &calls)?);
            }
            let mut rows = LazyFrame::default();
            for (name, sql) in &self.of_groups {
                rows = context.execute(sql)?;
                context.register(name, rows.clone());
            }
            let schema = rows.collect_schema()?;
            Ok(rows.select(self.columns(&schema)?))
        })?;
        let found = collect(plan).map_err(|error| engine.name_damage(error))?;
        match &mut self.rows {
            Some(rows) => drop(rows.vstack_mut_owned(found)?),
            None => self.rows = Some(found),
        }
        Ok(())
    }
}

impl Engine {
    /// The rows of texts, in their order; for a text whose view lacks a column of the filter the error
    /// that says so.
    ///
    /// # Errors
    /// Those of [`Engine::run`], but for [`QueryError::NoSuchFilter`].
    pub fn run_in_shares(
        &self,
        shares: &Shares,
        texts: &[Staged<'_>],
    ) -> Result<Vec<Result<DataFrame, QueryError>>, QueryError> {
        let mut all = texts.iter().map(Running::of).collect::<Result<Vec<_>, _>>()?;
        shares.for_each(self, |share| {
            share.expect(&texts.iter().map(|staged| staged.sql).collect::<Vec<_>>())?;
            for (running, staged) in all.iter_mut().zip(texts) {
                if running.failure.is_some() {
                    continue;
                }
                match running.add(share, staged) {
                    Err(error @ QueryError::NoSuchFilter { .. }) => running.failure = Some(error),
                    other => other?,
                }
            }
            Ok::<(), QueryError>(())
        })?;
        let finish = |mut running: Running| {
            if let Some(failure) = running.failure {
                return Ok(Err(failure));
            }
            let rows = running.rows.take().unwrap_or_default();
            collect(running.rest(rows.lazy())?).map(Ok)
        };
        all.into_iter().map(finish).collect()
    }
}
