//! What makes an SQL text portable: its header, its spelling, and the constructs that it may use.
//!
//! Which texts there are, and that each rule refuses a bad example, is for [`super`].

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArguments, JoinConstraint,
    JoinOperator, Query, Select, SelectItem, Statement, UnaryOperator, Visit, Visitor, WindowType,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Functions that polars, DuckDB and Spark have under one name and meaning. Averages are left out:
/// sums are integers and divided once, at the end.
const FUNCTIONS: [&str; 18] = [
    "ABS",
    "COALESCE",
    "CONCAT",
    "COUNT",
    "DENSE_RANK",
    "GREATEST",
    "LAG",
    "LEAD",
    "LEAST",
    "LENGTH",
    "LOWER",
    "MAX",
    "MIN",
    "NULLIF",
    "QUANTILE_DISC",
    "RANK",
    "ROW_NUMBER",
    "SUM",
];

/// Functions of ours, which every engine is given.
const OWN_FUNCTIONS: [&str; 2] = ["json_number", "json_text"];

/// Functions whose result has 32 bits in polars and wraps around below zero.
const COUNTS: [&str; 4] = ["COUNT", "DENSE_RANK", "RANK", "ROW_NUMBER"];

/// Words that are keywords wherever they stand without quotes.
const KEYWORDS: [Keyword; 42] = [
    Keyword::ALL,
    Keyword::AND,
    Keyword::AS,
    Keyword::ASC,
    Keyword::BETWEEN,
    Keyword::BIGINT,
    Keyword::BY,
    Keyword::CASE,
    Keyword::CAST,
    Keyword::CROSS,
    Keyword::DESC,
    Keyword::DISTINCT,
    Keyword::DOUBLE,
    Keyword::ELSE,
    Keyword::END,
    Keyword::EXISTS,
    Keyword::FALSE,
    Keyword::FROM,
    Keyword::FULL,
    Keyword::GROUP,
    Keyword::HAVING,
    Keyword::IN,
    Keyword::INNER,
    Keyword::IS,
    Keyword::JOIN,
    Keyword::LEFT,
    Keyword::LIKE,
    Keyword::LIMIT,
    Keyword::NOT,
    Keyword::NULL,
    Keyword::NULLS,
    Keyword::ON,
    Keyword::OR,
    Keyword::ORDER,
    Keyword::OVER,
    Keyword::PARTITION,
    Keyword::SELECT,
    Keyword::THEN,
    Keyword::TRUE,
    Keyword::UNION,
    Keyword::WHEN,
    Keyword::WHERE,
];

/// What is wrong with a text; empty where nothing is.
pub(super) fn lint(text: &str) -> Vec<String> {
    let mut wrong = lint_header(text);
    wrong.extend(lint_case(text));
    match Parser::parse_sql(&GenericDialect {}, text) {
        Err(error) => wrong.push(format!("cannot be parsed: {error}")),
        Ok(statements) => match statements.as_slice() {
            [Statement::Query(query)] => {
                let mut lint = Lint { counts: names_of_counts(query), ..Lint::default() };
                let _ = query.visit(&mut lint);
                wrong.extend(lint.wrong);
            }
            [_] => wrong.push("is no query".into()),
            several => wrong.push(format!("holds {} statements, not one", several.len())),
        },
    }
    wrong
}

/// Question, grain, inputs and columns stand at the top, in this order.
fn lint_header(text: &str) -> Vec<String> {
    let header: Vec<&str> = text.lines().take_while(|line| line.starts_with("--")).collect();
    let place =
        |label: &str| header.iter().position(|line| line.starts_with(&format!("-- {label}:")));
    let labels = ["Question", "Grain", "Inputs", "Columns"];
    let places = labels.map(place);
    let missing = labels.iter().zip(places).filter(|(_, place)| place.is_none());
    let mut wrong: Vec<String> =
        missing.map(|(label, _)| format!("the header has no `{label}:`")).collect();
    if wrong.is_empty() && !places.is_sorted() {
        wrong.push("the header is not in the order Question, Grain, Inputs, Columns".into());
    }
    wrong
}

fn lint_case(text: &str) -> Vec<String> {
    let tokens = match Tokenizer::new(&GenericDialect {}, text).tokenize() {
        Ok(tokens) => tokens,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let words = tokens.iter().filter_map(|token| match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word),
        _ => None,
    });
    words
        .filter(|word| KEYWORDS.contains(&word.keyword))
        .filter(|word| word.value != word.value.to_uppercase())
        .map(|word| format!("the keyword `{}` is not in capitals", word.value))
        .collect()
}

/// The output names that stand for a bare count, anywhere in the query.
fn names_of_counts(query: &Query) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            for item in &select.projection {
                if let SelectItem::ExprWithAlias { expr, alias } = item
                    && has_bare_count(expr, &BTreeSet::new())
                {
                    self.0.insert(alias.value.clone());
                }
            }
            ControlFlow::Continue(())
        }
    }
    let mut names = Names::default();
    let _ = query.visit(&mut names);
    names.0
}

/// Whether the value of an expression is a count that was not made 64 bits wide; `names` are columns
/// that hold one.
fn has_bare_count(expression: &Expr, names: &BTreeSet<String>) -> bool {
    let inner = |expr: &Expr| has_bare_count(expr, names);
    match expression {
        Expr::Function(function) => {
            let name = function.name.to_string().to_uppercase();
            COUNTS.contains(&name.as_str())
                || matches!(
                    name.as_str(),
                    "COALESCE" | "GREATEST" | "LEAST" | "MAX" | "MIN" | "SUM"
                ) && arguments(function).into_iter().any(inner)
        }
        Expr::Identifier(name) => names.contains(&name.value),
        Expr::CompoundIdentifier(parts) => {
            parts.last().is_some_and(|name| names.contains(&name.value))
        }
        Expr::Nested(expr) => inner(expr),
        Expr::BinaryOp { left, op, right } if is_arithmetic(op) => inner(left) || inner(right),
        Expr::Case { conditions, else_result, .. } => {
            conditions.iter().any(|when| inner(&when.result))
                || else_result.as_ref().is_some_and(|expr| inner(expr))
        }
        _ => false,
    }
}

fn arguments(function: &Function) -> Vec<&Expr> {
    use sqlparser::ast::{FunctionArg, FunctionArgExpr};
    let FunctionArguments::List(list) = &function.args else { return vec![] };
    let value = |arg| match arg {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(value).collect()
}

fn is_arithmetic(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus};
    matches!(operator, Plus | Minus | Multiply | Divide | Modulo)
}

/// Whether a join condition holds only equalities of two columns.
fn is_equalities(condition: &Expr) -> bool {
    let is_column = |side: &Expr| matches!(side, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            is_equalities(left) && is_equalities(right)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            is_column(left) && is_column(right)
        }
        _ => false,
    }
}

#[derive(Default)]
struct Lint {
    /// Columns that hold a count of 32 bits.
    counts: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Lint {
    fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    fn function(&mut self, function: &Function) {
        let name = function.name.to_string();
        if !(FUNCTIONS.contains(&name.as_str()) || OWN_FUNCTIONS.contains(&name.as_str())) {
            self.wrong(format!("`{name}` is no portable function, or not in its spelling"));
        }
        if name.starts_with("QUANTILE_") && (function.over.is_some() || function.filter.is_some()) {
            self.wrong(format!("`{name}` with OVER or FILTER, which polars ignores"));
        }
        if matches!(name.as_str(), "LAG" | "LEAD") && arguments(function).len() > 2 {
            self.wrong(format!("`{name}` with a default"));
        }
        if let Some(WindowType::WindowSpec(window)) = &function.over
            && window.window_frame.is_some()
        {
            self.wrong(format!("`{name}` over a frame of its own"));
        }
    }
}

impl Visitor for Lint {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            if with.recursive {
                self.wrong("a recursive WITH");
            }
            for cte in &with.cte_tables {
                let name = &cte.alias.name.value;
                if !name.starts_with("c_") {
                    self.wrong(format!("the table expression `{name}` does not begin with `c_`"));
                }
            }
        }
        if let Some(order) = &query.order_by
            && let sqlparser::ast::OrderByKind::Expressions(keys) = &order.kind
        {
            for key in keys.iter().filter(|key| key.options.nulls_first.is_none()) {
                self.wrong(format!("ORDER BY `{}` without NULLS FIRST or LAST", key.expr));
            }
        }
        ControlFlow::Continue(())
    }

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
            match constraint {
                JoinConstraint::On(condition) if is_equalities(condition) => {}
                _ => self.wrong(format!("the outer join `{join}` is not on equalities of columns")),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(function) => self.function(function),
            Expr::Like { escape_char: Some(_), .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. } => {
                self.wrong(format!("`{expression}`: only LIKE without ESCAPE is portable"));
            }
            Expr::Cast { kind, data_type, .. } => {
                let is_known = matches!(data_type, DataType::BigInt(None) | DataType::Double(_));
                if !is_known || *kind != CastKind::Cast {
                    self.wrong(format!(
                        "`{expression}`: only CAST to BIGINT or DOUBLE is portable"
                    ));
                }
            }
            Expr::BinaryOp { left, op, right }
                if is_arithmetic(op)
                    && [left, right].iter().any(|side| has_bare_count(side, &self.counts)) =>
            {
                self.wrong(format!(
                    "`{expression}` reckons with a count of 32 bits; CAST it AS BIGINT"
                ));
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr }
                if has_bare_count(expr, &self.counts) =>
            {
                self.wrong(format!(
                    "`{expression}` turns a count of 32 bits round; CAST it AS BIGINT"
                ));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
