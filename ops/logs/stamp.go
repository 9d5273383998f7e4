package logs

import (
	"bytes"
	"strconv"
	"time"
)

// stampWithin is how far into a line its time is looked for, in bytes.
const stampWithin = 160

// stampKeys come before the time in a line of JSON: pino's and bunyan's, winston's, mongod's.
var stampKeys = [][]byte{[]byte(`"timestamp":`), []byte(`"time":`), []byte(`"$date":`), []byte(`"@timestamp":`), []byte(`"ts":`)}

// stamp reads the time that a line was written at from the line itself: ISO 8601 with T or a
// blank, nginx's own 2026/11/23 03:02:10, or a member of JSON, also in milliseconds. A time
// without a zone is this host's.
func stamp(line []byte) (t time.Time, ok bool) {
	line = line[:min(len(line), stampWithin)]
	if len(line) > 0 && line[0] == '{' {
		for _, k := range stampKeys {
			if i := bytes.Index(line, k); i >= 0 {
				if t, ok = value(line[i+len(k):]); ok {
					return t, true
				}
			}
		}
		return t, false
	}
	for i := range min(len(line), 24) {
		if digit(line[i]) && (i == 0 || !digit(line[i-1])) {
			if t, ok = moment(line[i:]); ok {
				return t, true
			}
		}
	}
	return t, false
}

// value reads "2026-…" or 1795402900123.
func value(v []byte) (t time.Time, ok bool) {
	v = bytes.TrimLeft(v, ` "`)
	n := 0
	for n < len(v) && digit(v[n]) {
		n++
	}
	switch n {
	case 13:
		ms, err := strconv.ParseInt(string(v[:n]), 10, 64)
		return time.UnixMilli(ms), err == nil
	case 10:
		s, err := strconv.ParseInt(string(v[:n]), 10, 64)
		return time.Unix(s, 0), err == nil
	}
	return moment(v)
}

// moment reads YYYY-MM-DD?HH:MM:SS[.fff][Z|±HH[:]MM] by hand: it is done for every line.
func moment(b []byte) (t time.Time, ok bool) {
	const length = len("2026-11-23T03:02:10")
	if len(b) < length || b[4] != '-' && b[4] != '/' || b[7] != b[4] || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return t, false
	}
	var n [6]int
	for i, at := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		for _, c := range b[at[0]:at[1]] {
			if !digit(c) {
				return t, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60 {
		return t, false
	}
	rest := b[length:]
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		i := 1
		for i < len(rest) && digit(rest[i]) {
			i++
		}
		rest = rest[i:]
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, zone(rest)), true
}

// zone reads what follows a time of day.
func zone(b []byte) *time.Location {
	if len(b) > 0 && b[0] == 'Z' {
		return time.UTC
	}
	b = bytes.TrimLeft(b[:min(len(b), 8)], " ")
	if len(b) < 5 || b[0] != '+' && b[0] != '-' {
		return time.Local
	}
	digits := bytes.ReplaceAll(b[1:min(len(b), 6)], []byte(":"), nil)
	if len(digits) < 4 {
		return time.Local
	}
	n, err := strconv.Atoi(string(digits[:4]))
	if err != nil {
		return time.Local
	}
	offset := (n/100)*3600 + (n%100)*60
	if b[0] == '-' {
		offset = -offset
	}
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", offset)
}
