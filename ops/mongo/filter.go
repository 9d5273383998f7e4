package mongo

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops"
)

// matchLimit is how long the server may look for the documents that a filter matches.
const matchLimit = 2 * time.Second

// operators are those of a filter that only compare. $where and its like run code on the server.
var operators = []string{
	"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$and", "$or", "$nor", "$not", "$all", "$size", "$type", "$elemMatch", "$mod",
}

// Matching counts the documents that a filter matches, as mongosh's JavaScript has it: an object of
// plain values. The error has the code Invalid for any other filter, and Timeout where counting takes
// too long.
func (c *Client) Matching(ctx context.Context, db, coll, filter string) (int64, error) {
	match, ok := parseFilter(filter)
	if !ok {
		return 0, ops.Errorf(ops.Invalid, op, "the filter is no plain one")
	}
	ctx, cancel := context.WithTimeout(ctx, matchLimit)
	defer cancel()
	raw, err := c.command(ctx, db, bson.D{
		{Key: "aggregate", Value: coll},
		{Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: match}}, bson.D{{Key: "$count", Value: "n"}}}},
		{Key: "cursor", Value: bson.D{}},
	})
	if err != nil {
		return 0, err
	}
	batch, ok := raw.Lookup("cursor", "firstBatch").ArrayOK()
	if !ok {
		return 0, c.odd("$count")
	}
	values, err := batch.Values()
	if err != nil || len(values) == 0 {
		return 0, err
	}
	doc, ok := values[0].DocumentOK()
	if !ok {
		return 0, c.odd("$count")
	}
	return int64(number(doc.Lookup("n"))), nil
}

// Serves says whether an address leads to the mongod that this client asks, and which database it
// names. Without one mongosh goes to its own port on this host.
func (c *Client) Serves(address string) (db string, ok bool) {
	if address == "" {
		address = "mongodb://127.0.0.1:27017"
	}
	if !strings.Contains(address, "://") {
		return "", false
	}
	hosts, db := split(address)
	if db == "" {
		db = "test" // what mongosh takes
	}
	own := c.hosts
	if hosts == nil && own == nil {
		return db, strings.TrimSpace(c.opts.URI) == strings.TrimSpace(address)
	}
	return db, len(hosts) > 0 && slices.Equal(ported(hosts), ported(own))
}

// ported are hosts with their ports, localhost by its address.
func ported(hosts []string) []string {
	var out []string
	for _, h := range hosts {
		if !strings.Contains(h, ":") {
			h += ":27017"
		}
		if port, ok := strings.CutPrefix(h, "localhost:"); ok {
			h = "127.0.0.1:" + port
		}
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// parseFilter reads an object literal; ok is false for one that holds anything but plain values, dates,
// ObjectIds and operators that compare.
func parseFilter(text string) (bson.D, bool) {
	p := &literal{rest: text}
	if p.space(); !strings.HasPrefix(p.rest, "{") {
		return nil, false
	}
	v, ok := p.value(0)
	p.space()
	d, isObject := v.(bson.D)
	return d, ok && isObject && p.rest == ""
}

// literal is a JavaScript literal that is being read.
type literal struct{ rest string }

// deepest bounds how far literals are nested.
const deepest = 20

func (p *literal) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take takes a text off the front.
func (p *literal) take(text string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, text)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *literal) value(depth int) (any, bool) {
	p.space()
	if p.rest == "" || depth > deepest {
		return nil, false
	}
	switch c := p.rest[0]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"' || c == '\'':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	return p.named()
}

func (p *literal) object(depth int) (any, bool) {
	d := bson.D{}
	if !p.take("{") {
		return nil, false
	}
	for !p.take("}") {
		key, ok := p.key()
		if !ok || strings.HasPrefix(key, "$") && !slices.Contains(operators, key) || !p.take(":") {
			return nil, false
		}
		v, ok := p.value(depth + 1)
		if !ok || slices.ContainsFunc(d, func(e bson.E) bool { return e.Key == key }) {
			return nil, false // of two of a name JavaScript takes the last, and the server both
		}
		d = append(d, bson.E{Key: key, Value: v})
		if !p.take(",") {
			return d, p.take("}")
		}
	}
	return d, true
}

func (p *literal) array(depth int) (any, bool) {
	a := bson.A{}
	if !p.take("[") {
		return nil, false
	}
	for !p.take("]") {
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		a = append(a, v)
		if !p.take(",") {
			return a, p.take("]")
		}
	}
	return a, true
}

func (p *literal) key() (string, bool) {
	p.space()
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		s, ok := p.text()
		text, _ := s.(string)
		return text, ok
	}
	name := p.word()
	return name, name != ""
}

// word takes a name off the front.
func (p *literal) word() string {
	n := strings.IndexFunc(p.rest, func(r rune) bool {
		return r != '_' && r != '$' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	if n < 0 {
		n = len(p.rest)
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	return name
}

// text is a quoted string without escapes that would spell it another way.
func (p *literal) text() (any, bool) {
	end := strings.IndexByte(p.rest[1:], p.rest[0])
	if end < 0 {
		return nil, false
	}
	s := p.rest[1 : 1+end]
	p.rest = p.rest[end+2:]
	return s, !strings.ContainsAny(s, "\\\n\x00")
}

func (p *literal) number() (any, bool) {
	n := strings.IndexFunc(p.rest, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) })
	if n < 0 {
		n = len(p.rest)
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// named is a value that has a name: true, a date, an ObjectId.
func (p *literal) named() (any, bool) {
	name := p.word()
	if name == "new" {
		p.space()
		name = p.word()
	}
	switch name {
	case "true":
		return true, true
	case "false":
		return false, true
	case "null":
		return nil, true
	}
	if !p.take("(") {
		return nil, false
	}
	p.space()
	if p.rest == "" {
		return nil, false
	}
	var arg any
	var ok bool
	if p.rest[0] == '"' || p.rest[0] == '\'' {
		arg, ok = p.text()
	} else {
		arg, ok = p.number()
	}
	if !ok || !p.take(")") {
		return nil, false
	}
	return constructed(name, arg)
}

func constructed(name string, arg any) (any, bool) {
	text, isText := arg.(string)
	n, isNumber := arg.(int64)
	switch name {
	case "ObjectId", "ObjectID":
		id, err := bson.ObjectIDFromHex(text)
		return id, err == nil && isText
	case "ISODate", "Date":
		if isNumber {
			return bson.DateTime(n), name == "Date"
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02"} {
			if t, err := time.Parse(layout, text); err == nil && isText {
				return bson.NewDateTimeFromTime(t), true
			}
		}
	case "NumberLong", "Long", "NumberInt", "Int32":
		if isText {
			v, err := strconv.ParseInt(text, 10, 64)
			return v, err == nil
		}
		return n, isNumber
	}
	return nil, false
}
