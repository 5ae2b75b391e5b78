//! Which names need quotes: the reserved words of each database, in lower case and sorted.

use super::Dialect;

/// Whether a name may stand without quotes.
pub(super) fn is_plain(name: &str, dialect: Dialect) -> bool {
    let mut letters = name.bytes();
    let first = letters.next().is_some_and(|letter| letter.is_ascii_lowercase() || letter == b'_');
    let plain =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    first && letters.all(plain) && reserved(dialect).binary_search(&name).is_err()
}

/// Whether a name may stand without quotes as that of a type of PostgreSQL.
pub(super) fn is_plain_type(name: &str) -> bool {
    is_plain(name, Dialect::Postgres) && POSTGRES_NO_TYPES.binary_search(&name).is_err()
}

/// Whether PostgreSQL has a type of that name itself, which it finds before the program's.
pub(crate) fn is_postgres_type(name: &str) -> bool {
    let element = name.strip_prefix('_').unwrap_or(name);
    POSTGRES_TYPES.binary_search(&element).is_ok()
}

const fn reserved(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    }
}

#[rustfmt::skip]
const SQLITE: &[&str] = &[
    "add", "all", "alter", "and", "as", "asc", "autoincrement", "between", "by", "case", "cast",
    "check", "collate", "column", "commit", "constraint", "create", "cross", "current_date",
    "current_time", "current_timestamp", "default", "deferrable", "delete", "desc", "distinct",
    "drop", "else", "escape", "except", "exists", "false", "for", "foreign", "from", "full",
    "group", "having", "if", "in", "index", "inner", "insert", "intersect", "into", "is",
    "isnull", "join", "left", "like", "limit", "match", "natural", "not", "nothing", "notnull",
    "null", "offset", "on", "or", "order", "outer", "primary", "raise", "references",
    "returning", "right", "select", "set", "table", "then", "to", "transaction", "true",
    "union", "unique", "update", "using", "values", "when", "where", "with",
];

#[rustfmt::skip]
const POSTGRES: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "binary", "both", "case", "cast", "check", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog",
    "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having",
    "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral",
    "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not",
    "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing",
    "primary", "references", "returning", "right", "select", "session_user", "similar", "some",
    "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing", "true",
    "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window",
    "with",
];

/// Words that are no names of types there, though columns may have them as names.
#[rustfmt::skip]
const POSTGRES_NO_TYPES: &[&str] = &[
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal",
    "exists", "extract", "float", "greatest", "grouping", "inout", "int", "integer", "interval",
    "json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg",
    "json_query", "json_scalar", "json_serialize", "json_table", "json_value", "least",
    "merge_action", "national", "nchar", "none", "normalize", "nullif", "numeric", "out",
    "overlay", "position", "precision", "real", "row", "setof", "smallint", "substring", "time",
    "timestamp", "treat", "trim", "values", "varchar", "xmlattributes", "xmlconcat",
    "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

/// The types that it has itself, but for those of its tables.
#[rustfmt::skip]
const POSTGRES_TYPES: &[&str] = &[
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray",
    "anycompatiblemultirange", "anycompatiblenonarray", "anycompatiblerange", "anyelement",
    "anyenum", "anymultirange", "anynonarray", "anyrange", "bit", "bool", "box", "bpchar",
    "bytea", "char", "cid", "cidr", "circle", "cstring", "date", "datemultirange", "daterange",
    "event_trigger", "fdw_handler", "float4", "float8", "gtsvector", "index_am_handler", "inet",
    "int2", "int2vector", "int4", "int4multirange", "int4range", "int8", "int8multirange",
    "int8range", "internal", "interval", "json", "jsonb", "jsonpath", "language_handler",
    "line", "lseg", "macaddr", "macaddr8", "money", "name", "numeric", "nummultirange",
    "numrange", "oid", "oidvector", "path", "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary", "pg_ddl_command", "pg_dependencies", "pg_lsn",
    "pg_mcv_list", "pg_ndistinct", "pg_node_tree", "pg_snapshot", "point", "polygon", "record",
    "refcursor", "regclass", "regcollation", "regconfig", "regdictionary", "regnamespace",
    "regoper", "regoperator", "regproc", "regprocedure", "regrole", "regtype",
    "table_am_handler", "text", "tid", "time", "timestamp", "timestamptz", "timetz", "trigger",
    "tsm_handler", "tsmultirange", "tsquery", "tsrange", "tstzmultirange", "tstzrange",
    "tsvector", "txid_snapshot", "unknown", "uuid", "varbit", "varchar", "void", "xid", "xid8",
    "xml",
];

#[rustfmt::skip]
const MYSQL: &[&str] = &[
    "accessible", "add", "all", "alter", "analyze", "and", "as", "asc", "asensitive", "before",
    "between", "bigint", "binary", "blob", "both", "by", "call", "cascade", "case", "change",
    "char", "character", "check", "collate", "column", "condition", "constraint", "continue",
    "convert", "create", "cross", "cube", "cume_dist", "current_date", "current_time",
    "current_timestamp", "current_user", "cursor", "database", "databases", "day_hour",
    "day_microsecond", "day_minute", "day_second", "dec", "decimal", "declare", "default",
    "delayed", "delete", "dense_rank", "desc", "describe", "deterministic", "distinct",
    "distinctrow", "div", "double", "drop", "dual", "each", "else", "elseif", "empty",
    "enclosed", "escaped", "except", "exists", "exit", "explain", "false", "fetch",
    "first_value", "float", "float4", "float8", "for", "force", "foreign", "from", "fulltext",
    "function", "generated", "get", "grant", "group", "grouping", "groups", "having",
    "high_priority", "hour_microsecond", "hour_minute", "hour_second", "if", "ignore", "in",
    "index", "infile", "inner", "inout", "insensitive", "insert", "int", "int1", "int2", "int3",
    "int4", "int8", "integer", "intersect", "interval", "into", "io_after_gtids",
    "io_before_gtids", "is", "iterate", "join", "json_table", "key", "keys", "kill", "lag",
    "last_value", "lateral", "lead", "leading", "leave", "left", "like", "limit", "linear",
    "lines", "load", "localtime", "localtimestamp", "lock", "long", "longblob", "longtext",
    "loop", "low_priority", "manual", "master_bind", "master_ssl_verify_server_cert", "match",
    "maxvalue", "mediumblob", "mediumint", "mediumtext", "middleint", "minute_microsecond",
    "minute_second", "mod", "modifies", "natural", "no_write_to_binlog", "not", "nth_value",
    "ntile", "null", "numeric", "of", "offset", "on", "optimize", "optimizer_costs", "option",
    "optionally", "or", "order", "out", "outer", "outfile", "over", "parallel", "parse_tree",
    "partition", "percent_rank", "precision", "primary", "procedure", "purge", "qualify",
    "range", "rank", "read", "read_write", "reads", "real", "recursive", "references", "regexp",
    "release", "rename", "repeat", "replace", "require", "resignal", "restrict", "return",
    "returning", "revoke", "right", "rlike", "row", "row_number", "rows", "schema", "schemas",
    "second_microsecond", "select", "sensitive", "separator", "set", "show", "signal",
    "smallint", "spatial", "specific", "sql", "sql_big_result", "sql_calc_found_rows",
    "sql_small_result", "sqlexception", "sqlstate", "sqlwarning", "ssl", "starting", "stored",
    "straight_join", "system", "table", "tablesample", "terminated", "then", "tinyblob",
    "tinyint", "tinytext", "to", "trailing", "trigger", "true", "undo", "union", "unique",
    "unlock", "unsigned", "update", "usage", "use", "using", "utc_date", "utc_time",
    "utc_timestamp", "values", "varbinary", "varchar", "varcharacter", "varying", "virtual",
    "when", "where", "while", "window", "with", "write", "xor", "year_month", "zerofill",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(name: &str) -> [String; 3] {
        [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(|dialect| {
            let mut out = String::new();
            dialect.quote(name, &mut out);
            out
        })
    }

    #[test]
    fn the_words_can_be_searched() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
            assert!(reserved(dialect).is_sorted());
        }
        assert!(POSTGRES_NO_TYPES.is_sorted() && POSTGRES_TYPES.is_sorted());
    }

    #[test]
    fn only_names_that_need_it_are_quoted() {
        assert_eq!(quoted("hero"), ["hero", "hero", "hero"]);
        assert_eq!(quoted("_age2"), ["_age2", "_age2", "_age2"]);
        assert_eq!(quoted("order"), ["\"order\"", "\"order\"", "`order`"]);
        assert_eq!(quoted("user"), ["user", "\"user\"", "user"]);
        assert_eq!(quoted("key"), ["key", "key", "`key`"]);
        assert_eq!(quoted("Hero"), ["\"Hero\"", "\"Hero\"", "`Hero`"]);
        assert_eq!(quoted("2nd"), ["\"2nd\"", "\"2nd\"", "`2nd`"]);
        assert_eq!(quoted(""), ["\"\"", "\"\"", "``"]);
    }

    #[test]
    fn words_that_are_no_types_are_quoted_as_types() {
        let quoted = |name| {
            let mut out = String::new();
            Dialect::Postgres.quote_type(name, &mut out);
            out
        };
        let names = ["rank", "position", "row", "setof", "order", "Rank"];
        let expected = ["rank", "\"position\"", "\"row\"", "\"setof\"", "\"order\"", "\"Rank\""];
        assert_eq!(names.map(quoted), expected);
    }

    #[test]
    fn types_that_are_there_already() {
        for name in ["date", "path", "point", "line", "money", "name", "text", "interval", "_int4"]
        {
            assert!(is_postgres_type(name), "{name}");
        }
        for name in ["rank", "position", "Date", "integer", "real", "_rank", "double"] {
            assert!(!is_postgres_type(name), "{name}");
        }
    }

    #[test]
    fn quotes_inside_are_doubled() {
        assert_eq!(quoted("a\"b`c"), ["\"a\"\"b`c\"", "\"a\"\"b`c\"", "`a\"b``c`"]);
    }
}
