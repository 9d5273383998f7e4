package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"calm/model/runbook/shell"
	"calm/ops"
)

// documents says how many documents a command of mongosh is about, counted now.
func (d *draft) documents(ctx context.Context) {
	if d.plan.Check {
		return
	}
	var lost []string
	unknown := ""
	for _, c := range shell.Analyze(d.asked).Calls {
		if c.Program != "mongosh" && c.Program != "mongo" {
			continue
		}
		texts, why := d.counted(ctx, c)
		for _, t := range texts {
			d.plan.Touches = append(d.plan.Touches, "mongod "+t.text)
			if t.lost {
				lost = append(lost, t.text)
			}
		}
		if why != "" {
			unknown = "how many documents it is about is not known: " + why
		}
	}
	if unknown != "" {
		d.note(unknown)
		lost = append(lost, strings.TrimPrefix(unknown, "how many documents it is about is "))
	}
	if d.plan.Risk == string(shell.Destroys) && d.plan.Lost == "" && len(lost) > 0 {
		d.plan.Lost = strings.Join(lost, "; ")
	}
}

// about is what one call is about, in words.
type about struct {
	text string
	lost bool
}

// counted counts for each call in the JavaScript of a mongosh. why says what kept it from that.
func (d *draft) counted(ctx context.Context, c shell.Call) (list []about, why string) {
	js, ok := c.Value("--eval")
	if !ok || !js.Fixed() {
		return nil, "its JavaScript is not in its text"
	}
	calls, ok := shell.DocumentCalls(js.Text)
	if !ok {
		return nil, "its JavaScript is no plain call"
	}
	if d.Mongo == nil {
		return nil, "calm knows no mongod"
	}
	db, ok := d.Mongo.Serves(d.address(c))
	if !ok {
		return nil, "it goes to another mongod than the one that calm knows"
	}
	for _, x := range calls {
		if x.Database == "" {
			x.Database = db
		}
		a, err := d.countOne(ctx, x)
		if err != nil {
			why = detailOf(err)
			continue
		}
		if a.text != "" && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list, why
}

// address is what mongosh connects to: its first operand, from the environment where it is a variable.
func (d *draft) address(c shell.Call) string {
	o := c.Operands()
	if len(o) == 0 {
		return ""
	}
	if o[0].Fixed() {
		return o[0].Text
	}
	names := o[0].Variables()
	if len(names) != 1 {
		return "unknown"
	}
	value, ok := lookup(d.env, names[0])
	if !ok {
		return "unknown"
	}
	return value
}

// countOne counts for one call. Its text is empty for a method that is about no documents.
func (d *draft) countOne(ctx context.Context, c shell.DocumentCall) (about, error) {
	name := c.Database + "." + c.Collection
	switch c.Method {
	case "dropDatabase":
		return d.wholeDatabase(ctx, c.Database)
	case "drop":
		n, err := d.Mongo.Count(ctx, c.Database, c.Collection)
		return about{fmt.Sprintf("%s: all of its %s, and its indexes", name, documents(n)), true}, err
	case "createIndex", "createIndexes", "ensureIndex":
		n, err := d.Mongo.Count(ctx, c.Database, c.Collection)
		return about{fmt.Sprintf("%s: all of its %s are read to build the index", name, documents(n)), false}, err
	case "deleteMany", "remove", "updateMany", "deleteOne", "updateOne", "replaceOne":
		return d.matching(ctx, name, c)
	}
	return about{}, nil
}

func (d *draft) matching(ctx context.Context, name string, c shell.DocumentCall) (about, error) {
	if len(c.Args) == 0 {
		return about{}, ops.Errorf(ops.Invalid, d.plan.Title, "%s has no filter", c.Method)
	}
	all, err := d.Mongo.Count(ctx, c.Database, c.Collection)
	if err != nil {
		return about{}, err
	}
	n, err := d.Mongo.Matching(ctx, c.Database, c.Collection, c.Args[0])
	if err != nil {
		return about{}, err
	}
	if n == 0 {
		d.note("nothing in " + name + " matches it now")
	}
	one := strings.HasSuffix(c.Method, "One") || c.Method == "remove" && len(c.Args) > 1 && c.Args[1] != "false"
	text := fmt.Sprintf("%s: %s of %s match now", name, number(n), documents(all))
	switch {
	case one && n > 0:
		text = fmt.Sprintf("%s: 1 of the %s that match now, of %s", name, number(n), documents(all))
	case n == all && n > 0:
		text = fmt.Sprintf("%s: all of its %s match", name, documents(all))
	}
	return about{text, strings.HasPrefix(c.Method, "delete") || c.Method == "remove"}, nil
}

func (d *draft) wholeDatabase(ctx context.Context, db string) (about, error) {
	names, err := d.Mongo.Collections(ctx, db)
	if err != nil {
		return about{}, err
	}
	total := int64(0)
	for _, name := range names {
		n, err := d.Mongo.Count(ctx, db, name)
		if err != nil {
			return about{}, err
		}
		total += n
	}
	return about{fmt.Sprintf("%s: %s, %s", db, count(len(names), "collection", "collections"), documents(total)), true}, nil
}

func documents(n int64) string {
	if n == 1 {
		return "1 document"
	}
	return number(n) + " documents"
}

// detailOf is an error without the operation that it was of.
func detailOf(err error) string {
	var e *ops.Error
	if errors.As(err, &e) && e.Detail != "" {
		return e.Detail
	}
	return err.Error()
}
