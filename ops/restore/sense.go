package restore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"calm/model/signal"
	"calm/ops/mongo"
)

// Sensed is what was found on the server about a restore that is over, or that nobody knows the end of.
type Sensed struct {
	Samples map[signal.Name]signal.Sample // of signal.Documents, by namespace
	Problem string                        // what speaks against its success; empty for nothing
	Half    bool                          // some of it was swapped, and not all
}

// Untouched is the Text of a sample of a collection that is the one from before the restore.
const Untouched = "as it was"

// Sense asks the server what is in place now.
func (c Change) Sense(ctx context.Context, getenv func(string) string) Sensed {
	s := Sensed{Samples: map[signal.Name]signal.Sample{}}
	st, begun, err := loadState(c.Folder)
	if err != nil {
		s.Problem = err.Error()
		return s
	}
	uri, err := c.Address.Resolve(getenv)
	if err != nil {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	db := mongo.New(mongo.Options{URI: uri})
	defer db.Close(context.WithoutCancel(ctx))
	var swapped, open, left []string
	for _, d := range c.Databases {
		there, err := db.Namespaces(ctx, d.Name)
		for _, k := range d.Collections {
			if k.Type != "collection" {
				continue
			}
			x := signal.Sample{Name: signal.Documents(d.Name + "." + k.Name), At: time.Now(), Source: "mongod"}
			if err == nil {
				var n int64
				n, err = db.Count(ctx, d.Name, k.Name)
				x.Value = float64(n)
			}
			switch at, was := st.of(d.Name, k.Name); {
			case err != nil:
				x.Err = err.Error()
			case !was || !inPlace(there, at):
				x.Text, x.Note = Untouched, Untouched
				open = append(open, d.Name+"."+k.Name)
			default:
				swapped = append(swapped, d.Name+"."+k.Name)
				x.Note = since(x.Value, at)
			}
			s.Samples[x.Name] = x
		}
		for _, n := range there {
			if strings.HasPrefix(n.Name, besidePrefix) {
				left = append(left, d.Name+"."+n.Name)
			}
		}
	}
	s.Half = len(swapped) > 0 && len(open) > 0
	s.Problem = problem(swapped, open, left, begun)
	return s
}

// since says what became of a collection that is in place.
func since(now float64, s swap) string {
	switch d := int64(now) - s.Documents; {
	case d > 0:
		return number(d) + " more since"
	case d < 0 && s.Fades:
		return number(-d) + " expired since"
	case d < 0:
		return number(-d) + " fewer since"
	}
	return ""
}

func problem(swapped, open, left []string, begun bool) string {
	text := ""
	switch {
	case len(open) == 0:
		return ""
	case !begun:
		return "it never began: every collection is as it was"
	case len(swapped) == 0:
		text = "nothing was swapped: " + strings.Join(open, ", ") + " as before"
	default:
		text = fmt.Sprintf("half done: %s swapped, %s as before", strings.Join(swapped, ", "), strings.Join(open, ", "))
	}
	if len(left) > 0 {
		text += "; left beside: " + strings.Join(left, ", ")
	}
	return text
}

// of is a collection's swap.
func (s state) of(db, name string) (swap, bool) {
	for _, w := range s.Swaps {
		if w.Database == db && w.Name == name {
			return w, true
		}
	}
	return swap{}, false
}

// Kept says whether the fresh dump of a restore is there, whole.
func (c Change) Kept() bool {
	s, ok, err := loadState(c.Folder)
	return err == nil && ok && s.Dumped && exists(c.Fresh())
}
