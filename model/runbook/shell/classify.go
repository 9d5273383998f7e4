package shell

import (
	"strings"

	"calm/model/pattern"
)

// Kinds that only the splitting knows; each becomes one of the Kind constants.
const (
	kindOutput  = "output"
	kindSQL     = "sql"
	kindRedis   = "redis"
	kindRequest = "request"
	kindLeave   = "leave"
)

var (
	titleNumber = pattern.New(`^(?i:(?:step|option)\s+\d+[a-z]?\s*[:.)—-]\s*|\(?\d+[a-z]?(?:\.\d+)*[.):]\s+|[①-⑳]\s*)`)

	nginxBlock     = pattern.New(`^(?:location|server|upstream|http|events|map|geo|stream|types|limit_except|split_clients)\b[^;{}]*\{`)
	nginxDirective = pattern.New(`^(?:return|proxy_\w+|add_header|server_name|listen|root|index|try_files|rewrite|limit_req(?:_zone)?|limit_conn(?:_zone)?|client_max_body_size|client_body_timeout|deny|allow|error_page|access_log|error_log|ssl_\w+|keepalive_timeout|keepalive|worker_connections|worker_processes|gzip\w*|expires|include|server|upstream|fastcgi_\w+|auth_basic\w*|set_real_ip_from|real_ip_header|resolver)\s+[^;|&]+;\s*(?:#.*)?$`)
	haproxyBlock   = pattern.New(`^(?:backend|frontend|listen|defaults|global)(?:\s+[\w.-]+)?$`)

	cronLine = pattern.New(`^(?:@(?:reboot|hourly|daily|weekly|monthly|yearly|annually|midnight)|(?:[\d*][\d*/,-]*|\*)\s+(?:[\d*][\d*/,-]*)\s+(?:[\d*][\d*/,LW?-]*)\s+(?:[\d*][\d*/,-]*|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[\w,-]*)\s+(?:[\d*][\d*/,L#?-]*|(?i:sun|mon|tue|wed|thu|fri|sat)[\w,-]*))\s+([^\s*\d].*)$`)

	sqlLine     = pattern.New(`^(?:SELECT\s|INSERT\s+INTO\b|UPDATE\s+\S+\s+SET\b|UPDATE\s+\S+$|DELETE\s+FROM\b|DROP\s+(?:TABLE|DATABASE|INDEX|SCHEMA|VIEW|USER|ROLE|EXTENSION|CONSTRAINT|MATERIALIZED|KEYSPACE)\b|ALTER\s+(?:TABLE|SYSTEM|DATABASE|USER|ROLE|INDEX|SEQUENCE|KEYSPACE)\b|CREATE\s+(?:UNIQUE\s+|OR\s+REPLACE\s+|TEMP\w*\s+|MATERIALIZED\s+)?(?:TABLE|DATABASE|INDEX|SCHEMA|VIEW|USER|ROLE|EXTENSION|FUNCTION|KEYSPACE|TRIGGER)\b|WITH\s+\w+\s+AS\b|TRUNCATE\s|VACUUM\b|REINDEX\s|ANALYZE\s|EXPLAIN\b|GRANT\s|REVOKE\s|BEGIN;?$|COMMIT;?$|ROLLBACK;?$|SHOW\s|SET\s+\w+\s*(?:=|TO)|CALL\s+\w+\(|KILL\s+\d|FLUSH\s+[A-Z]|REFRESH\s+MATERIALIZED|COPY\s+\w+)`)
	sqlAnyCase  = pattern.New(`^(?i:select|insert|update|delete|drop|alter|create|with|truncate|vacuum|reindex|analyze|explain|grant|revoke|begin|commit|rollback|show|set|call|kill|use|describe|flush|copy|refresh|checkpoint|pragma)\b.*;?$|^\\[a-z!?+]+|^\.[a-z]+\b`)
	jsLine      = pattern.New(`^(?:(?:local|session)Storage\b|document\.|window\.|navigator\.|console\.(?:log|table|error|warn|info|clear)|await\s|(?:const|let|var)\s+[\w${\[]|async\s+function|function\s+\w+\s*\([^)]*\)\s*\{.*(?:return|=>|;)|fetch\(|JSON\.|Object\.|process\.env\b|use(?:State|Effect)\(|performance\.|indexedDB\.|caches\.|location\.reload|new\s+[A-Z]\w*\(|\(?(?:async\s*)?\([^)]*\)\s*=>|(?:db|rs|sh)\.[\w$]+)`)
	mongoLine   = pattern.New(`^(?:(?:db|rs|sh)[.\[]|use\s+[\w-]+;?$|show\s+(?:dbs|databases|collections|users|roles|profile|logs?)\b|it$|print(?:json)?\(|var\s|let\s|const\s|for\s*\(|if\s*\(|[\w$.]+\s*=\s|[\w$]+\.[\w$]+\(|load\(|[{}\])])`)
	codeLine    = pattern.New(`^(?:import\s+[\w{*"'.][^|;&]*$|from\s+[\w.]+\s+import\s|interface\s+\w+|class\s+\w+\s*[({:]|def\s+\w+\(|@\w+\(|#include\b|package\s+\w+;|public\s+(?:class|static)|<\?(?:php|xml)|</?[a-z][\w-]*(?:\s[^>]*)?/?>$|print\(|[A-Za-z_][\w.]*\s+(?:=|:=|\+=)\s+\S|[a-z_][a-z0-9_:]*\{[^}]*=~?"|(?:rate|sum|histogram_quantile|avg|max|min|count|increase|irate|topk)\s*(?:by\s*\([^)]*\)\s*)?\()`)
	codeExport  = pattern.New(`^export\s+(?:const|default|async|function|class|interface|type|enum)\s`)
	requestLine = pattern.New(`^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+(?:/|https?://)\S*(?:\s+HTTP/[\d.]+)?$`)
	jsonStart   = pattern.New(`^(?:\{\s*"[^"]*"\s*:|\{\s*$|\[\s*[{"]|\[\s*$|\{\})`)
	jsonNext    = pattern.New(`^(?:["{}\[\]]|\.\.\.)`)
	outputLine  = pattern.New(`^(?:\d{4}[-/]\d\d[-/]\d\d[T ]\d|\[\d{4}-\d\d|\[\s*\d+\.\d+\]|\d+\)\s+["(\d]|\(integer\)|\(nil\)|[├└│┌┐╭╰─═━┃|+][-─├└│═+| ]|HTTP/[\d.]+\s\d{3}|\^C|-->?\s|={5,}$|-{5,}|\*{5,}$|\d+(?:\.\d+)?%?$|"[^"]*"[,:]?\s*|(?:Error|ERROR|FATAL|WARNING|INFO|LOG|HINT|DETAIL)(?:\[[^\]]*\])?:\s)`)
	tableHead   = pattern.New(`^[A-Z][A-Z0-9_()/%:.-]*(?:\s{2,}[A-Z][A-Z0-9_()/%:. -]*)+$`)
	yamlLine    = pattern.New(`^(?:-\s+)?[\w./-]+:(?:\s+\S.*|\s*[|>]?-?)$`)
	columns     = pattern.New(`\S\s{2,}\S+.*\S\s{2,}\S|^[A-Z][\w ]{1,40}:\s+\S|^[\w-]+:[^/\s][^/]*$|^\[[^\]\s"$-][^\]]*\]\s`)
	bullet      = pattern.New(`^(?:[-*•–]\s+\S|\d+[.)]\s+\S|\*\*|[→⇒▶►]|\[[ xX]\]\s|>\s*\*\*|#{1,6}\s|\|\s.*\|$|` + "```" + `)`)
)

// classify says what the current line is, and how many lines belong to it.
func (b *block) classify(line string) (kind string, n int) {
	at := b.lines[b.at]
	masked := clip(strings.TrimSpace(b.masked[min(at.start, len(b.masked)):min(at.end, len(b.masked))]))
	line = clip(line)
	if kind, n = b.clientLine(line); kind != "" {
		return kind, n
	}
	if b.plain(masked) {
		return KindShell, 1
	}
	switch {
	case nginxBlock.MatchString(line):
		return KindNginx, b.balanced()
	case nginxDirective.MatchString(line):
		return KindNginx, 1
	case haproxyBlock.MatchString(line) && len(line) > 8:
		return KindCode, b.paragraph()
	case cronLine.MatchString(line) && strings.ContainsAny(line[:min(len(line), 40)], "*@"):
		return KindCron, 1
	case sqlLine.MatchString(line), strings.HasPrefix(line, "select ") && b.lowerSelect():
		return kindSQL, b.statement()
	case requestLine.MatchString(withoutComment(line)):
		return kindRequest, b.paragraph()
	case jsLine.MatchString(line) && !b.declared(line):
		return KindJavaScript, b.balanced()
	case jsonStart.MatchString(line) && b.json(line):
		return kindOutput, b.balanced()
	case codeExport.MatchString(line), codeLine.MatchString(masked) && !b.known(masked):
		return KindCode, b.balanced()
	case outputLine.MatchString(line) && !b.known(masked):
		return kindOutput, 1
	case tableHead.MatchString(line):
		return kindOutput, b.paragraph()
	case strings.Trim(masked, " \t,.;:"+string(rune(hole))) == "":
		return KindProse, 1
	case bullet.MatchString(line) && !b.known(masked):
		return KindProse, 1
	case (yamlLine.MatchString(line) || columns.MatchString(line) && !flagged.MatchString(line)) && !b.known(masked):
		return kindOutput, 1
	case sentence(withoutComment(line)) && !b.sure(masked):
		return KindProse, 1
	}
	return KindShell, 1
}

// clip bounds what a line is recognised by.
func clip(line string) string { return line[:min(len(line), 2000)] }

// clientLine recognises what is typed at the prompt of a database client that
// the block has started.
func (b *block) clientLine(line string) (kind string, n int) {
	if strings.HasPrefix(line, "> ") {
		// At a shell's prompt this would empty a file.
		if redisRisk(strings.Fields(line[2:])) != Unknown {
			return kindRedis, 1
		}
		if b.client != "" || !strings.ContainsAny(line[2:], "/.") {
			return KindCode, 1
		}
	}
	if b.client == "" {
		return "", 0
	}
	switch strings.TrimRight(line, "; ") {
	case "exit", "quit", "\\q", "quit()", "exit()", ".exit", ".quit", "logout":
		return kindLeave, 1
	}
	switch b.client {
	case clientMongo:
		if mongoLine.MatchString(line) {
			return KindJavaScript, b.balanced()
		}
	case clientSQL:
		if sqlAnyCase.MatchString(line) || strings.HasSuffix(line, ";") && !b.sure(line) {
			return kindSQL, b.statement()
		}
	case clientRedis:
		if redisRisk(strings.Fields(line)) != Unknown || strings.HasPrefix(strings.ToUpper(line), "EVAL") {
			return kindRedis, 1
		}
	case clientOther:
		if !b.sure(line) {
			return KindCode, b.balanced()
		}
	}
	return "", 0
}

// maxRegion bounds a region that looks for its end, in lines.
const maxRegion = 600

// balanced counts the lines until every bracket is closed; one if they never
// are.
func (b *block) balanced() int {
	depth, n := 0, 0
	for n < maxRegion && b.at+n < len(b.lines) && b.budget > 0 {
		line := b.line(b.at + n)
		for i := range len(line) {
			switch line[i] {
			case '(', '{', '[':
				depth++
			case ')', '}', ']':
				depth--
			}
		}
		n++
		if depth <= 0 {
			return n
		}
		b.budget -= len(line)
	}
	return 1
}

// lowerSelect tells a query in lower case from the shell's own select, which has no from.
func (b *block) lowerSelect() bool {
	for n := range b.statement() {
		line := b.line(b.at + n)
		if fields := strings.Fields(line); n == 0 && len(fields) > 2 && fields[2] == "in" {
			return false
		}
		if line = " " + strings.TrimSpace(line) + " "; strings.Contains(line, " from ") {
			return true
		}
	}
	return false
}

// statement counts the lines of an SQL statement.
func (b *block) statement() int {
	for n := 0; n < maxRegion && b.at+n < len(b.lines); n++ {
		line := strings.TrimSpace(b.line(b.at + n))
		if line == "" || n > 0 && line[0] == '#' {
			return n
		}
		code, _, _ := strings.Cut(line, "--")
		if strings.HasSuffix(strings.TrimSpace(code), ";") || n == 0 && (line[0] == '\\' || line[0] == '.') {
			return n + 1
		}
	}
	return min(maxRegion, len(b.lines)-b.at)
}

// paragraph counts the lines until a blank one or a comment.
func (b *block) paragraph() int {
	n := 1
	for n < maxRegion && b.at+n < len(b.lines) {
		line := strings.TrimSpace(b.line(b.at + n))
		if line == "" || line[0] == '#' {
			break
		}
		n++
	}
	return n
}

// json tells a document from a block of commands in braces.
func (b *block) json(line string) bool {
	if strings.ContainsAny(line, "\":") || line == "{}" {
		return true
	}
	return jsonNext.MatchString(strings.TrimSpace(b.line(b.at + 1)))
}

func withoutComment(line string) string {
	if i := strings.Index(line, " #"); i >= 0 {
		return strings.TrimSpace(line[:i])
	}
	return line
}

func cronCommand(line string) string {
	if m := cronLine.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return line
}
