//! A condition on rows as data: what filters and `--where` become, before any engine sees it.
//!
//! One predicate is read three ways: as a polars expression (`lower`), as SQL text for `--explain`
//! (here), and as a test on a file's statistics (`prune`).

/// How two operands are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// The SQL spelling.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The comparison with its operands exchanged.
    pub const fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

/// A value that is known beforehand.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Microseconds since 1970 UTC.
    Time(i64),
    /// Days since 1970-01-01.
    Date(i32),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A column.
    Column(String),
    /// A path into a column that holds JSON; read as text or as a number, as the other side asks.
    Path {
        /// `data`, `extra` or `labels`.
        column: String,
        /// The keys from the top; a number selects an element of an array.
        keys: Vec<String>,
    },
    /// A known value.
    Literal(Literal),
    /// `+ - * / %` of two operands.
    Arithmetic(Box<Operand>, char, Box<Operand>),
}

impl Operand {
    /// A column.
    pub fn column(name: &str) -> Self {
        Self::Column(name.to_owned())
    }

    /// A text.
    pub fn text(value: &str) -> Self {
        Self::Literal(Literal::Text(value.to_owned()))
    }
}

/// A condition on a row; where it is neither true nor false (a null is in it), the row is left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Always so.
    True,
    /// `left ⋛ right`
    Compare(Operand, Comparison, Operand),
    /// The text of an operand is one of these.
    OneOf(Operand, Vec<Literal>),
    /// The text of an operand fits a pattern in which `*` stands for any text.
    Glob(Operand, String),
    /// The text of an operand in lower case is one of these.
    Word(Operand, Vec<String>),
    /// A tag of the row fits a pattern in which `*` stands for any text.
    Tag(String),
    /// The operand is null.
    IsNull(Operand),
    /// None of these is false.
    And(Vec<Predicate>),
    /// One of these is true.
    Or(Vec<Predicate>),
    /// The opposite.
    Not(Box<Predicate>),
}

impl Predicate {
    /// A column holds exactly this text.
    pub fn equals(column: &str, value: &str) -> Self {
        Self::Compare(Operand::column(column), Comparison::Equal, Operand::text(value))
    }

    /// A column holds nothing.
    pub fn is_null(column: &str) -> Self {
        Self::IsNull(Operand::column(column))
    }

    /// A column holds one of these texts.
    pub fn one_of(column: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<Literal> = values.into_iter().map(Literal::Text).collect();
        match <[Literal; 1]>::try_from(values) {
            Ok([one]) => {
                Self::Compare(Operand::column(column), Comparison::Equal, Operand::Literal(one))
            }
            Err(values) => Self::OneOf(Operand::column(column), values),
        }
    }

    /// A column of times lies from one to another, both included, in microseconds since 1970 UTC.
    pub fn times(column: &str, from_us: i64, to_us: i64) -> Self {
        let bound = |comparison, time| {
            let time = Operand::Literal(Literal::Time(time));
            Self::Compare(Operand::column(column), comparison, time)
        };
        Self::all([
            bound(Comparison::GreaterOrEqual, from_us),
            bound(Comparison::LessOrEqual, to_us),
        ])
    }

    /// All of these, simplified.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::And(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        match flat.len() {
            0 => Self::True,
            1 => flat.swap_remove(0),
            _ => Self::And(flat),
        }
    }

    /// Its parts, all of which must hold.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::True => &[],
            Self::And(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Calls `visit` with every operand.
    pub fn visit<'p>(&'p self, visit: &mut dyn FnMut(&'p Operand)) {
        match self {
            Self::True | Self::Tag(_) => {}
            Self::Compare(left, _, right) => {
                Self::visit_operand(left, visit);
                Self::visit_operand(right, visit);
            }
            Self::OneOf(one, _) | Self::Glob(one, _) | Self::Word(one, _) | Self::IsNull(one) => {
                Self::visit_operand(one, visit);
            }
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Not(inner) => inner.visit(visit),
        }
    }

    fn visit_operand<'p>(operand: &'p Operand, visit: &mut dyn FnMut(&'p Operand)) {
        visit(operand);
        if let Operand::Arithmetic(left, _, right) = operand {
            Self::visit_operand(left, visit);
            Self::visit_operand(right, visit);
        }
    }

    /// The columns that it reads.
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        self.visit(&mut |operand| {
            if let Operand::Column(name) | Operand::Path { column: name, .. } = operand
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        });
        if self.reads_tags() && !names.iter().any(|name| name == "tags") {
            names.push("tags".to_owned());
        }
        names
    }

    fn reads_tags(&self) -> bool {
        match self {
            Self::Tag(_) => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::reads_tags),
            Self::Not(inner) => inner.reads_tags(),
            _ => false,
        }
    }

    /// Whether it looks into JSON text, which is dear.
    pub fn reads_json(&self) -> bool {
        let mut found = false;
        self.visit(&mut |operand| found |= matches!(operand, Operand::Path { .. }));
        found
    }

    /// The condition as SQL that DuckDB reads.
    pub fn sql(&self) -> String {
        match self {
            Self::True => "TRUE".to_owned(),
            Self::Compare(left, comparison, right) => {
                let is_number = compares_numbers(left, *comparison, right);
                format!(
                    "{} {} {}",
                    operand_sql(left, is_number),
                    comparison.sql(),
                    operand_sql(right, is_number)
                )
            }
            Self::OneOf(one, values) => {
                let is_number = values
                    .iter()
                    .all(|value| matches!(value, Literal::Integer(_) | Literal::Float(_)));
                let values: Vec<String> = values.iter().map(literal_sql).collect();
                format!("{} IN ({})", operand_sql(one, is_number), values.join(", "))
            }
            Self::Glob(one, pattern) => {
                format!(
                    "regexp_full_match({}, {})",
                    operand_sql(one, false),
                    quote(&glob_regex(pattern))
                )
            }
            Self::Word(one, words) => {
                let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
                format!("lower({}) IN ({})", operand_sql(one, false), words.join(", "))
            }
            Self::Tag(pattern) => format!("has_tag(tags, {})", quote(&glob_regex(pattern))),
            Self::IsNull(one) => format!("{} IS NULL", operand_sql(one, false)),
            Self::And(parts) => join_sql(parts, " AND "),
            Self::Or(parts) => join_sql(parts, " OR "),
            Self::Not(inner) => format!("NOT ({})", inner.sql()),
        }
    }
}

fn join_sql(parts: &[Predicate], word: &str) -> String {
    let parts: Vec<String> = parts.iter().map(|part| format!("({})", part.sql())).collect();
    parts.join(word)
}

/// Whether a comparison is one of numbers: one side can only be a number, or two values out of JSON are
/// put in order.
pub(super) fn compares_numbers(left: &Operand, comparison: Comparison, right: &Operand) -> bool {
    let are_paths = matches!((left, right), (Operand::Path { .. }, Operand::Path { .. }));
    let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    is_numeric(left) || is_numeric(right) || (are_paths && is_order)
}

/// Whether an operand can only be a number.
pub(super) fn is_numeric(operand: &Operand) -> bool {
    match operand {
        Operand::Literal(Literal::Integer(_) | Literal::Float(_)) | Operand::Arithmetic(..) => true,
        Operand::Column(name) => crate::model::schema::find(name).is_some_and(|column| {
            use crate::model::schema::ColumnType;
            matches!(column.column_type, ColumnType::Integer | ColumnType::Float)
        }),
        _ => false,
    }
}

fn operand_sql(operand: &Operand, is_number: bool) -> String {
    match operand {
        Operand::Column(name) => identifier(name),
        Operand::Path { column, keys } => {
            let function = if is_number { "json_number" } else { "json_text" };
            format!("{function}({}, {})", identifier(column), quote(&keys.join(".")))
        }
        Operand::Literal(literal) => literal_sql(literal),
        Operand::Arithmetic(left, operator, right) => {
            format!("({} {operator} {})", operand_sql(left, true), operand_sql(right, true))
        }
    }
}

fn literal_sql(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => quote(text),
        Literal::Integer(value) => value.to_string(),
        Literal::Float(value) => format!("{value:?}"),
        Literal::Bool(value) => value.to_string().to_uppercase(),
        Literal::Time(micros) => format!("make_timestamptz({micros})"),
        Literal::Date(days) => format!("(DATE '1970-01-01' + {days})"),
    }
}

/// A name in SQL, quoted where it is a word of the language.
pub fn identifier(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain
        && !matches!(name, "time" | "date" | "type" | "value" | "name" | "data" | "model" | "end")
    {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A text in SQL.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The regular expression of a whole text that fits a pattern in which `*` stands for any text.
pub(super) fn glob_regex(pattern: &str) -> String {
    let mut regex = String::with_capacity(pattern.len() + 8);
    for char in pattern.chars() {
        match char {
            '*' => regex.push_str("[\\s\\S]*"),
            '\\' | '.' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                regex.push('\\');
                regex.push(char);
            }
            char => regex.push(char),
        }
    }
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_written_as_sql() {
        let predicate = Predicate::all([
            Predicate::Glob(Operand::column("agent"), "research*".into()),
            Predicate::Compare(
                Operand::Path { column: "data".into(), keys: vec!["a".into(), "b".into()] },
                Comparison::Greater,
                Operand::Literal(Literal::Integer(2)),
            ),
            Predicate::True,
        ]);
        assert_eq!(
            predicate.sql(),
            "(regexp_full_match(agent, 'research[\\s\\S]*')) AND (json_number(\"data\", 'a.b') > 2)"
        );
        assert_eq!(predicate.columns(), ["agent", "data"]);
        assert!(predicate.reads_json());
        assert_eq!(Predicate::all([]).conjuncts(), []);
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quote("o'neil"), "'o''neil'");
        assert_eq!(identifier("type"), "\"type\"");
        assert_eq!(glob_regex("a.*(b)"), "a\\.[\\s\\S]*\\(b\\)");
    }
}
