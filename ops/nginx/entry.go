package nginx

import (
	"bytes"
	"time"

	"calm/ops/jsonscan"
	"calm/ops/probe"
)

// entry is what is wanted of one line of an access log. Its slices point into the line.
type entry struct {
	at     int64  // Unix seconds
	path   []byte // the request's target with its query; empty for a request that was none
	status int
	millis int64 // the request's time; -1 when the line does not tell
	own    bool  // calm asked
}

// entryReader reads lines of nginx's combined format, with whatever a log_format appends to it, or
// of a log_format with escape=json. It keeps the last time that it read: neighbours share it.
type entryReader struct {
	stamp [len(clock)]byte
	unix  int64
}

// clock is $time_local, as time.Parse has it.
const clock = "02/Jan/2006:15:04:05 -0700"

// ownAgent begins calm's own User-Agent, whatever its version.
var ownAgent = []byte(probe.UserAgent[:len("calm/")])

// read gives what a line says; ok is false for a line in neither format.
func (r *entryReader) read(line []byte) (e entry, ok bool) {
	if len(line) > 0 && line[0] == '{' {
		return r.json(line)
	}
	return r.combined(line)
}

// combined reads
//
//	$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" …
//
// nginx writes a quote inside a value as \x22, so that quotes can be counted on. A remote user may
// hold brackets and blanks.
func (r *entryReader) combined(line []byte) (e entry, ok bool) {
	e.millis = -1
	rest := line
	for {
		i := bytes.Index(rest, []byte(" ["))
		if i < 0 || len(rest) < i+2+len(clock)+3 {
			return e, false
		}
		rest = rest[i+2:]
		if rest[len(clock)] == ']' {
			if e.at, ok = r.local(rest[:len(clock)]); ok {
				break
			}
		}
	}
	rest = rest[len(clock)+1:]
	request, rest, ok := quoted(rest)
	if !ok || len(rest) < 5 || rest[0] != ' ' {
		return e, false
	}
	if e.status, ok = statusCode(rest[1:4]); !ok || rest[4] != ' ' {
		return e, false
	}
	e.path = target(request)
	_, rest, ok = quoted(rest[4:])
	if !ok {
		return e, true // $http_referer and after were left out of the format
	}
	agent, rest, ok := quoted(rest)
	if !ok {
		return e, true
	}
	e.own = bytes.HasPrefix(agent, ownAgent)
	e.millis = requestTime(rest)
	return e, true
}

// quoted gives what stands between the next two quotes, and what comes after.
func quoted(line []byte) (inside, rest []byte, ok bool) {
	i := bytes.IndexByte(line, '"')
	if i < 0 {
		return nil, line, false
	}
	line = line[i+1:]
	end := bytes.IndexByte(line, '"')
	if end < 0 {
		return nil, line, false
	}
	return line[:end], line[end+1:], true
}

// target takes the path and query out of "GET /path?query HTTP/1.1". A client that speaks no HTTP
// leaves none.
func target(request []byte) []byte {
	_, rest, ok := bytes.Cut(request, []byte(" "))
	if !ok {
		return nil
	}
	path, _, _ := bytes.Cut(rest, []byte(" "))
	if len(path) == 0 || path[0] != '/' {
		return nil
	}
	return path
}

func statusCode(b []byte) (code int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		code = code*10 + int(c-'0')
	}
	return code, code >= 100
}

// requestTime finds $request_time in what follows the combined format: nginx writes it, as its
// other times, in seconds with three decimals. A name before it (rt=, request_time=) wins, so that
// an upstream's time that comes first is not taken for it.
func requestTime(rest []byte) int64 {
	first := int64(-1)
	for len(rest) > 0 {
		word := rest
		if i := bytes.IndexByte(rest, ' '); i >= 0 {
			word, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		name, value, named := bytes.Cut(word, []byte("="))
		if !named {
			name, value = nil, word
		}
		ms := seconds(bytes.Trim(value, `"`))
		switch {
		case ms < 0:
		case string(name) == "rt" || string(name) == "request_time":
			return ms
		case first < 0 && !bytes.HasPrefix(name, []byte("u")):
			first = ms
		}
	}
	return first
}

// seconds reads "12.345" as milliseconds, and -1 for anything else.
func seconds(b []byte) int64 {
	dot := len(b) - 4
	if dot < 1 || dot > 10 || b[dot] != '.' {
		return -1
	}
	ms := int64(0)
	for i, c := range b {
		if i == dot {
			continue
		}
		if c < '0' || c > '9' {
			return -1
		}
		ms = ms*10 + int64(c-'0')
	}
	return ms
}

// local reads $time_local.
func (r *entryReader) local(b []byte) (unix int64, ok bool) {
	if bytes.Equal(b, r.stamp[:]) {
		return r.unix, true
	}
	t, err := time.Parse(clock, string(b))
	if err != nil {
		return 0, false
	}
	copy(r.stamp[:], b)
	r.unix = t.Unix()
	return r.unix, true
}

// json reads a line of a log_format with escape=json. There are no names that everybody uses;
// these are the variables' own and the usual ones beside them.
func (r *entryReader) json(line []byte) (e entry, ok bool) {
	e.millis = -1
	timed := false
	err := jsonscan.Object(line, func(k, v []byte) error {
		switch string(k) {
		case "time_local", "time_iso8601", "time", "timestamp", "@timestamp", "msec", "ts":
			if !timed {
				e.at, timed = r.moment(unquote(v))
			}
		case "status":
			e.status, ok = statusCode(unquote(v))
		case "request":
			if e.path == nil {
				e.path = target(unquote(v))
			}
		case "request_uri", "uri", "path", "url":
			if p := unquote(v); len(p) > 0 && p[0] == '/' {
				e.path = p
			}
		case "request_time", "rt", "duration":
			if ms := seconds(unquote(v)); ms >= 0 {
				e.millis = ms
			}
		case "http_user_agent", "user_agent", "agent":
			e.own = bytes.HasPrefix(unquote(v), ownAgent)
		}
		return nil
	})
	return e, err == nil && ok && timed
}

// moment reads a time in one of nginx's three ways: $time_local, $time_iso8601, $msec.
func (r *entryReader) moment(b []byte) (unix int64, ok bool) {
	if len(b) == len(clock) && b[2] == '/' {
		return r.local(b)
	}
	if t, err := time.Parse(time.RFC3339, string(b)); err == nil {
		return t.Unix(), true
	}
	if ms := seconds(b); ms > 1e12 {
		return ms / 1000, true
	}
	return 0, false
}

func unquote(v []byte) []byte {
	if len(v) >= 2 && v[0] == '"' {
		return v[1 : len(v)-1]
	}
	return v
}
