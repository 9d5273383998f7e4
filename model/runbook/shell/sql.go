package shell

import (
	"strings"

	"calm/model/pattern"
)

// sqlVerbs are the words that say what a statement does wherever they stand:
// WITH gone AS (DELETE …) SELECT is a delete.
var sqlVerbs = map[string]Risk{
	"DELETE": Destroys, "DROP": Destroys, "TRUNCATE": Destroys,
	"INSERT": Changes, "UPDATE": Changes, "MERGE": Changes, "REPLACE": Changes, "ALTER": Changes, "CREATE": Changes, "GRANT": Changes,
	"REVOKE": Changes, "INTO": Changes, "OUTFILE": Changes, "DUMPFILE": Changes, "UPSERT": Changes, "KILL": Changes,
	"CALL": Unknown, "EXECUTE": Unknown, "EXEC": Unknown, "DO": Unknown, "PROGRAM": Unknown, "PREPARE": Unknown, "LOAD_EXTENSION": Unknown, "WRITEFILE": Changes,
}

// sqlFirsts are the words that do so only where a statement begins.
var sqlFirsts = map[string]Risk{
	"PURGE": Destroys, "SHUTDOWN": Destroys, "RESET": Destroys,
	"VACUUM": Changes, "REINDEX": Changes, "CLUSTER": Changes, "CHECKPOINT": Changes, "REFRESH": Changes, "RENAME": Changes, "COPY": Changes, "LOCK": Changes,
	"COMMENT": Changes, "FLUSH": Changes, "OPTIMIZE": Changes, "REPAIR": Changes, "LOAD": Changes, "SECURITY": Changes, "IMPORT": Changes, "ATTACH": Changes,
	"DETACH": Changes, "ANALYZE": Changes, "UNLOCK": Changes, "STOP": Changes, "CHANGE": Changes,
}

// sqlStarts are the words a harmless statement begins with.
const sqlStarts = "SELECT SHOW EXPLAIN DESCRIBE DESC VALUES TABLE WITH USE SET BEGIN START COMMIT ROLLBACK END PRAGMA STATUS LIST ABORT SAVEPOINT RELEASE FROM HELP DECLARE FETCH CLOSE CONSISTENCY EXPAND"

// sqlCalls are words that may stand before a parenthesis in a harmless
// statement: functions that only compute or look, and keywords.
const sqlCalls = "IN AND OR NOT ON AS FROM WHERE VALUES EXISTS OVER FILTER USING WITH ANY ALL SOME BY CASE WHEN THEN ELSE BETWEEN LIKE UNION EXCEPT INTERSECT JOIN LATERAL SELECT IS HAVING GROUP LIMIT RECURSIVE EXPLAIN DISTINCT PARTITION INTERVAL ROW ARRAY VARCHAR CHAR DECIMAL NUMERIC TIMESTAMP KEY INDEX SET SETS ROLLUP CUBE WITHIN MATERIALIZED UNNEST CAST TABLE DATE TIME ANALYZE " +
	"COUNT SUM AVG MIN MAX COALESCE NULLIF GREATEST LEAST ROUND FLOOR CEIL CEILING ABS MOD POWER SQRT LN LOG EXP SIGN LENGTH CHAR_LENGTH OCTET_LENGTH LOWER UPPER TRIM LTRIM RTRIM SUBSTRING SUBSTR LEFT RIGHT CONCAT CONCAT_WS STRING_AGG ARRAY_AGG GROUP_CONCAT FORMAT REGEXP_REPLACE REGEXP_MATCHES SPLIT_PART POSITION STRPOS LPAD RPAD REVERSE INITCAP MD5 SHA256 ENCODE DECODE TO_CHAR TO_DATE TO_TIMESTAMP TO_NUMBER EXTRACT DATE_PART DATE_TRUNC AGE NOW CLOCK_TIMESTAMP CURRENT_TIMESTAMP CURRENT_DATE CURDATE TIMESTAMPDIFF TIMESTAMP_SUB TIMESTAMP_ADD DATE_SUB DATE_ADD DATEDIFF UNIX_TIMESTAMP FROM_UNIXTIME STRFTIME JULIANDAY DATETIME EPOCH MAKE_INTERVAL JUSTIFY_INTERVAL IF IFNULL IIF ISNULL GENERATE_SERIES ROW_NUMBER RANK DENSE_RANK LAG LEAD FIRST_VALUE LAST_VALUE NTILE PERCENTILE_CONT PERCENTILE_DISC WIDTH_BUCKET STDDEV VARIANCE BOOL_OR BOOL_AND EVERY JSON_EXTRACT JSONB_AGG JSON_AGG JSON_BUILD_OBJECT JSONB_BUILD_OBJECT JSONB_ARRAY_ELEMENTS JSON_ARRAY_ELEMENTS JSONB_EACH ROW_TO_JSON TO_JSON TO_JSONB JSON_OBJECT_KEYS JSONB_OBJECT_KEYS HEX TYPEOF QUOTE QUOTE_IDENT CURRENT_SETTING VERSION CURRENT_USER SESSION_USER CURRENT_DATABASE DATABASE USER INET_SERVER_ADDR CONNECTION_ID " +
	"PG_SIZE_PRETTY PG_DATABASE_SIZE PG_TABLE_SIZE PG_RELATION_SIZE PG_TOTAL_RELATION_SIZE PG_INDEXES_SIZE PG_TABLESPACE_SIZE PG_COLUMN_SIZE PG_BACKEND_PID PG_BLOCKING_PIDS PG_IS_IN_RECOVERY PG_CURRENT_WAL_LSN PG_CURRENT_WAL_INSERT_LSN PG_LAST_WAL_RECEIVE_LSN PG_LAST_WAL_REPLAY_LSN PG_LAST_XACT_REPLAY_TIMESTAMP PG_WAL_LSN_DIFF PG_XLOG_LOCATION_DIFF PG_GET_INDEXDEF PG_GET_VIEWDEF PG_GET_CONSTRAINTDEF PG_GET_FUNCTIONDEF PG_GET_EXPR PG_POSTMASTER_START_TIME PG_CONF_LOAD_TIME PG_STAT_GET_ACTIVITY PG_LS_WALDIR PG_LS_LOGDIR PG_STAT_FILE PG_WALFILE_NAME PG_GET_USERBYID PG_ENCODING_TO_CHAR PG_SLEEP OBJ_DESCRIPTION COL_DESCRIPTION FORMAT_TYPE HAS_TABLE_PRIVILEGE TO_REGCLASS TXID_CURRENT_SNAPSHOT PG_SAFE_SNAPSHOT_BLOCKING_PIDS MIN_BY MAX_BY APPROX_COUNT_DISTINCT COUNTIF SAFE_DIVIDE PARSE_DATE DATE_DIFF INTEGRITY_CHECK TABLE_INFO INDEX_LIST INDEX_INFO QUICK_CHECK FOREIGN_KEY_CHECK"

// psqlMeta are the backslash commands that only look.
const psqlMeta = "d d+ dt dt+ di di+ dv ds dn dn+ du du+ db db+ df df+ dx dp dm dT l l+ list x q c connect conninfo timing pset a t H encoding echo z sf sv ? h errverbose dconfig dRp dRs dE set"

// sqliteDots are sqlite's dot commands, and cqlsh has none.
const sqliteDots = ".tables .schema .indexes .indices .databases .headers .header .mode .dbinfo .stats .width .show .help .quit .exit .timer .version .fullschema .dump .timeout .print .separator .nullvalue .bail .eqp .lint .sha3sum"

// sql judges SQL text, with the commands that its clients understand.
func (a *analyst) sql(text string) { a.worse(sqlRisk(text, a)) }

func sqlRisk(text string, a *analyst) Risk {
	if strings.IndexByte(text, made) >= 0 {
		return Unknown
	}
	worst := Reads
	for statement := range strings.SplitSeq(sqlBare(text), ";") {
		for line := range strings.Lines(statement) {
			worst = worst.Worse(metaRisk(line, a))
		}
		worst = worst.Worse(statementRisk(sqlWords(statement)))
	}
	if sqlDialects.MatchString(text) {
		for _, w := range sqlWords(text) {
			worst = worst.Worse(sqlVerbs[w.text].orReads())
		}
	}
	return worst
}

func (r Risk) orReads() Risk {
	if r == "" {
		return Reads
	}
	return r
}

// sqlDialects finds what one database takes for the end of a string or of a
// comment and another does not. Words inside strings count then too.
var sqlDialects = pattern.New(`\\['"]|#|/\*.*/\*|/\*!|\$|--\S`)

// sqlBare takes the comments and the strings out.
func sqlBare(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"' || c == '`':
			if end := strings.IndexByte(text[i+1:], c); end >= 0 {
				i += end + 1
			} else {
				i = len(text)
			}
			b.WriteString(" ? ")
		case c == '-' && byteAt(text, i+1) == '-':
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end - 1
			} else {
				i = len(text)
			}
		case c == '/' && byteAt(text, i+1) == '*' && byteAt(text, i+2) != '!':
			// MySQL runs the comments that begin with an exclamation mark.
			if end := strings.Index(text[i+2:], "*/"); end >= 0 {
				i += end + 3
			} else {
				i = len(text)
			}
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// metaRisk judges the client's own commands on a line: \d, .tables.
func metaRisk(line string, a *analyst) Risk {
	worst := Reads
	trimmed := strings.TrimSpace(line)
	if word, _, _ := strings.Cut(strings.ToLower(trimmed), " "); listed("system source tee pager edit", word) {
		worst = Unknown
	}
	if strings.HasPrefix(trimmed, ".") {
		word, _, _ := strings.Cut(trimmed, " ")
		switch {
		case listed(sqliteDots, word):
		case listed(".backup .save .output .once .export .log .import .recover .clone .archive", word):
			worst = Changes
		case listed(".restore", word):
			worst = Destroys
		default:
			worst = Unknown
		}
	}
	for rest := line; ; {
		i := strings.IndexByte(rest, '\\')
		if i < 0 {
			return worst
		}
		rest = rest[i+1:]
		name, after, _ := strings.Cut(rest, " ")
		name = strings.TrimSpace(name)
		switch {
		case listed(psqlMeta, name), name == "n", name == "t":
		case name == "watch":
			if a != nil {
				a.endless = true
			}
		case strings.HasPrefix(name, "!") && a != nil:
			a.shell(strings.TrimPrefix(name, "!") + " " + after)
			worst = worst.Worse(Unknown)
		case name == "copy":
			worst = worst.Worse(Changes)
		default:
			worst = worst.Worse(Unknown)
		}
	}
}

// sqlWord is a word of a statement.
type sqlWord struct {
	text   string
	called bool // a parenthesis follows it
	inside bool // a parenthesis stands before it
}

func sqlWords(statement string) []sqlWord {
	var words []sqlWord
	opened := false
	for i := 0; i < len(statement); {
		c := statement[i]
		switch {
		case c == '\\', c == '.' && len(words) == 0:
			// A client's own command: the rest of the line is its.
			for i < len(statement) && statement[i] != '\n' {
				i++
			}
		case isWord(c) || c == unseen || c == made || c == hole || c == '@' || c >= 0x80:
			from := i
			for i < len(statement) && (isWord(statement[i]) || statement[i] < 4 || statement[i] == '@' || statement[i] >= 0x80) {
				i++
			}
			word := sqlWord{text: strings.ToUpper(statement[from:i]), inside: opened}
			opened = false
			next := i
			for next < len(statement) && (statement[next] == ' ' || statement[next] == '\n' || statement[next] == '\t') {
				next++
			}
			word.called = byteAt(statement, next) == '('
			// schema.table is one name, and no verb.
			if byteAt(statement, from-1) == '.' && !word.called {
				word.text = "." + word.text
			}
			words = append(words, word)
		case c == '=':
			words = append(words, sqlWord{text: "="})
			i++
		case c == '?':
			words = append(words, sqlWord{text: "?"})
			i++
		default:
			opened = opened && (c == ' ' || c == '\n' || c == '\t') || c == '('
			i++
		}
	}
	return words
}

func statementRisk(words []sqlWord) Risk {
	if len(words) == 0 {
		return Reads
	}
	worst, first := Reads, words[0].text
	if risk, ok := sqlFirsts[first]; ok {
		worst = risk
	} else if _, verb := sqlVerbs[first]; !verb && !listed(sqlStarts, first) {
		worst = Unknown
	}
	for i, w := range words {
		if first == "PRAGMA" {
			break // wal_checkpoint(TRUNCATE) cuts a log, not the data
		}
		if w.called && i > 0 {
			worst = worst.Worse(functionRisk(w.text, first))
			continue
		}
		risk, ok := sqlVerbs[w.text]
		// SELECT … FOR UPDATE, a column called so, SHOW CREATE TABLE.
		named := i > 0 && !w.inside && (words[i-1].text == "FOR" || words[i-1].text == "AS") && first != "CREATE"
		if !ok || named || first == "SHOW" && risk != Unknown {
			continue
		}
		worst = worst.Worse(risk)
	}
	return worst.Worse(settingRisk(words))
}

// settingRisk judges SET and PRAGMA, of which some only concern the session.
func settingRisk(words []sqlWord) Risk {
	worst, first := Reads, words[0].text
	for _, w := range words[1:] {
		switch {
		case first == "SET" && listed("GLOBAL PERSIST PASSWORD @@GLOBAL @@PERSIST", w.text):
			worst = worst.Worse(Changes)
		case first == "PRAGMA" && w.text == "=",
			first == "PRAGMA" && w.called && !listed("INTEGRITY_CHECK TABLE_INFO INDEX_LIST INDEX_INFO QUICK_CHECK FOREIGN_KEY_LIST FOREIGN_KEY_CHECK TABLE_XINFO", strings.TrimPrefix(w.text, ".")):
			worst = worst.Worse(Changes)
		}
	}
	return worst
}

// functionRisk judges a call inside a statement. In statements that change
// something anyway, what looks like a call may be a list of columns.
func functionRisk(name, first string) Risk {
	switch name {
	case "PG_TERMINATE_BACKEND", "PG_CANCEL_BACKEND", "PG_RELOAD_CONF", "PG_ROTATE_LOGFILE", "PG_SWITCH_WAL", "SETVAL", "NEXTVAL", "SET_CONFIG",
		"PG_WAL_REPLAY_PAUSE", "PG_WAL_REPLAY_RESUME", "PG_PROMOTE", "PG_STAT_RESET", "PG_STAT_STATEMENTS_RESET", "PG_ADVISORY_LOCK", "PG_ADVISORY_UNLOCK_ALL",
		"PG_CREATE_RESTORE_POINT", "PG_START_BACKUP", "PG_STOP_BACKUP", "PG_BACKUP_START", "PG_BACKUP_STOP", "GET_LOCK", "RELEASE_LOCK":
		return Changes
	case "PG_DROP_REPLICATION_SLOT", "LO_UNLINK", "PG_REPLICATION_ORIGIN_DROP", "DROP_CHUNKS":
		return Destroys
	}
	if _, known := sqlVerbs[name]; known || listed(sqlCalls, name) {
		if name == "REPLACE" || name == "INSERT" || name == "TRUNCATE" {
			return Reads // also functions of strings and numbers
		}
		if r, ok := sqlVerbs[name]; ok {
			return r
		}
		return Reads
	}
	if r, ok := sqlVerbs[first]; ok && r != Reads {
		return r
	}
	return Unknown
}
