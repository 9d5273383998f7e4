package nginx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"calm/model/action"
)

// Sense says how far a change came whose supervisor ended on the way: between the file's new name and
// the reload the file is there, and nginx goes by the old ones until somebody reloads it. Empty where
// the plan is of another kind.
func Sense(ctx context.Context, p action.Plan) string {
	var c Change
	if p.Kind != action.Nginx || json.Unmarshal(p.Detail, &c) != nil || c.Path == "" {
		return ""
	}
	now, err := os.ReadFile(c.Path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return c.Path + " can't be read: " + err.Error()
	case string(now) != c.Text:
		return c.Path + " is not as the change makes it"
	}
	for _, a := range (&applying{Change: c, out: io.Discard}).ask(ctx) {
		for _, want := range c.Probes {
			if want.URL == a.URL && want.Want != 0 && a.Want != want.Want {
				return fmt.Sprintf("%s is as the change makes it, and GET %s answers %s: nginx has not read it; undo takes it back", c.Path, a.URL, statusText(a.Want))
			}
		}
	}
	return c.Path + " is as the change makes it, and nginx answers by it"
}
