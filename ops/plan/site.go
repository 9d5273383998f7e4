package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/runbook/shell"
	"calm/ops"
	"calm/ops/nginx"
	"calm/ops/run"
)

// site plans a fragment of nginx configuration as a snippet file.
func (d *draft) site(ctx context.Context) error {
	if d.Site.Snippets == "" {
		return ops.Errorf(ops.Invalid, d.plan.Title, "there is no folder for snippets: put `include DIR/*.conf;` into the server block and DIR under nginx.snippets in calm.yaml")
	}
	text, did := d.Bind(d.Step.Text)
	for _, s := range did {
		d.change(fmt.Sprintf("%s is %s here", s.From, s.To))
	}
	list, changes, err := nginx.Locations(text)
	if err != nil {
		return err
	}
	d.plan.Changes = append(d.plan.Changes, changes...)
	d.env = d.Carried.Apply(d.Env())
	path, _ := lookup(d.env, "PATH")
	program, err := run.LookPath("nginx", path+":/usr/sbin:/usr/local/sbin")
	if err != nil {
		return ops.Errorf(ops.Invalid, d.plan.Title, "nginx was not found in PATH")
	}
	c := nginx.Change{Path: filepath.Join(d.Site.Snippets, snippetName(list[0].Path)), Command: []string{program}, ErrorLog: d.Site.ErrorLog}
	for _, l := range list {
		c.Text += l.String()
		if l.Status != 0 && d.Site.URL != "" && strings.HasPrefix(l.Path, "/") && !strings.HasPrefix(l.Modifier, "~") {
			c.Probes = append(c.Probes, nginx.Probe{URL: strings.TrimSuffix(d.Site.URL, "/") + l.Path, Want: l.Status})
		}
	}
	if d.plan.Detail, err = json.Marshal(c); err != nil {
		return ops.Wrap(d.plan.Title, err)
	}
	d.describe(c)
	d.restores(ctx, c)
	d.plan.Programs = []action.Program{{Name: "nginx", Path: program}}
	return nil
}

// restores keeps what the snippet file holds now, and what the site answers with it.
func (d *draft) restores(ctx context.Context, c nginx.Change) {
	back, err := c.Inverse(ctx)
	if err != nil {
		d.note("what the file holds now can't be read, so calm can't bring it back: " + err.Error())
		return
	}
	raw, err := json.Marshal(back)
	if err != nil {
		return // a Change holds strings and numbers only
	}
	d.plan.Inverse = &action.Inverse{Kind: action.Nginx, Command: back.Text, Dir: d.Site.Snippets, Detail: raw}
	if back.Text != "" {
		d.plan.Undo = "calm writes " + c.Path + " as it is now and reloads nginx, about 2 s"
	}
}

func (d *draft) describe(c nginx.Change) {
	p := &d.plan
	p.Command, p.Dir = c.Text, d.Site.Snippets
	p.Risk, p.Lease, p.Timeout = string(shell.Changes.Worse(d.Step.Risk)), "nginx", 2*time.Minute
	p.Undo = "calm takes " + c.Path + " away and reloads nginx, about 2 s"
	p.Touches = append(p.Touches, "nginx: "+c.Path+", then nginx -t and nginx -s reload; no connection is lost")
	for _, probe := range c.Probes {
		p.Touches = append(p.Touches, fmt.Sprintf("GET %s will answer %d", probe.URL, probe.Want))
	}
	if len(c.Probes) == 0 {
		d.note("its effect can't be seen from outside: nothing in it returns a status")
	}
}

var notName = regexp.MustCompile(`[^A-Za-z0-9]+`)

func snippetName(path string) string {
	name := strings.Trim(notName.ReplaceAllString(path, "-"), "-")
	if name == "" {
		name = "root"
	}
	return "calm-" + name + ".conf"
}
