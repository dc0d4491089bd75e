//! SQL written otherwise before polars runs it: named columns, counts that cannot wrap around,
//! beginnings of texts without patterns, and short lists one by one. What may be said at all is for [`super::guard`].

use sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArguments, Ident, Query, SelectItem, SetExpr,
    Value, ValueWithSpan, VisitorMut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// Gives each computed column of the outermost query the text that the user wrote as its name.
pub(super) fn name_columns(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expression) = item
            && !matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            let name = expression.to_string();
            *item = SelectItem::ExprWithAlias {
                expr: expression.clone(),
                alias: Ident::with_quote('"', name.replace('"', "'")),
            };
        }
    }
}

/// Puts what a rule makes of an expression in its place.
pub(super) struct Rule(fn(&Expr) -> Option<Expr>);

impl Rule {
    /// Looks for a text's beginning without a regular expression: `x LIKE 'task:%'`.
    pub(super) const fn prefixes() -> Self {
        Self(starts_with)
    }

    /// Asks for a few texts one by one: `(x = 'a' OR x = 'b')` for `x IN ('a', 'b')`. The engine looks
    /// through lists only after all columns are computed, and into JSON of rows that nobody asked for.
    pub(super) const fn alternatives() -> Self {
        Self(one_by_one)
    }
}

impl VisitorMut for Rule {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Some(rewritten) = self.0(expression) {
            *expression = rewritten;
        }
        ControlFlow::Continue(())
    }
}

fn parsed(sql: &str) -> Option<Expr> {
    Parser::new(&GenericDialect {}).try_with_sql(sql).ok()?.parse_expr().ok()
}

fn starts_with(expression: &Expr) -> Option<Expr> {
    let Expr::Like { negated, any: false, expr, pattern, escape_char: None } = expression else {
        return None;
    };
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(pattern), .. }) = &**pattern
    else {
        return None;
    };
    let prefix = pattern.strip_suffix('%').filter(|prefix| !prefix.contains(['%', '_']))?;
    let prefix = Value::SingleQuotedString(prefix.to_owned());
    let not = if *negated { "NOT " } else { "" };
    parsed(&format!("({not}STARTS_WITH({expr}, {prefix}))"))
}

/// Longer lists are faster looked through.
const MOST_ALTERNATIVES: usize = 8;

fn one_by_one(expression: &Expr) -> Option<Expr> {
    let Expr::InList { expr, list, negated } = expression else { return None };
    let is_name = matches!(**expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    let is_text = |item: &Expr| {
        matches!(item, Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }))
    };
    if !is_name || list.len() > MOST_ALTERNATIVES || !list.iter().all(is_text) {
        return None;
    }
    let each: Vec<String> = list.iter().map(|item| format!("{expr} = {item}")).collect();
    let not = if *negated { "NOT " } else { "" };
    parsed(&format!("({not}({}))", each.join(" OR ")))
}

/// Functions whose results are narrower than 64 bits, and wrap around in arithmetic.
const NARROW: [&str; 12] = [
    "array_length",
    "bit_length",
    "char_length",
    "character_length",
    "count",
    "date_part",
    "dense_rank",
    "length",
    "octet_length",
    "rank",
    "row_number",
    "strpos",
];

/// Makes counts, ranks, lengths and parts of dates 64 bits wide.
pub(super) struct Widen;

impl VisitorMut for Widen {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let is_narrow = match expression {
            Expr::Function(function) => is_narrow_function(function),
            Expr::Extract { .. } | Expr::Position { .. } => true,
            _ => false,
        };
        if is_narrow {
            *expression = Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(expression.clone()),
                data_type: DataType::BigInt(None),
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    }
}

fn is_narrow_function(function: &Function) -> bool {
    let name = function.name.to_string().to_lowercase();
    NARROW.contains(&name.as_str()) && !matches!(function.args, FunctionArguments::Subquery(_))
}
