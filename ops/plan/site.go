package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
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

// site plans a fragment of nginx configuration: as a flag file where the site is provisioned for one,
// else as a snippet file.
func (d *draft) site(ctx context.Context) error {
	text, did := d.Bind(d.Step.Text)
	for _, s := range did {
		d.change(fmt.Sprintf("%s is %s here", s.From, s.To))
	}
	list, changes, err := nginx.Locations(text)
	if err != nil {
		return err
	}
	d.env = d.Carried.Apply(d.Env())
	command, err := d.nginxCommand()
	sites, known := d.sites(ctx, command)
	// A site that answers 503 already shows nothing of a flag file; a snippet can bring its own path.
	if flag, ok := d.flagged(list, sites); ok && (d.Site.Snippets == "" || exists(flag.Path) || !flag.Unseen(ctx)) {
		return d.planFlag(ctx, flag)
	}
	switch {
	case d.Site.Snippets == "":
		return ops.Errorf(ops.Invalid, d.plan.Title, "there is no folder for snippets: put `include DIR/*.conf;` into the server block and DIR under nginx.snippets in calm.yaml")
	case err != nil:
		return err
	}
	d.plan.Changes = append(d.plan.Changes, changes...)
	c := nginx.Change{Path: filepath.Join(d.Site.Snippets, snippetName(list[0].Path)), Command: command, ErrorLog: d.Site.ErrorLog}
	if known {
		if list, err = d.included(c.Path, list, sites); err != nil {
			return err
		}
	} else {
		d.note("which server blocks include " + d.Site.Snippets + " is not known: nginx -T and its files can't be read")
	}
	for _, l := range list {
		c.Text += l.String()
		if l.Status != 0 && d.Site.URL != "" && strings.HasPrefix(l.Path, "/") && !strings.HasPrefix(l.Modifier, "~") {
			c.Probes = append(c.Probes, nginx.Probe{URL: strings.TrimSuffix(d.Site.URL, "/") + l.Path, Want: l.Status})
		}
	}
	d.witness(ctx, &c)
	if err := d.propose(ctx, c); err != nil {
		return err
	}
	d.plan.Programs = []action.Program{{Name: "nginx", Path: command[0]}}
	return nil
}

// nginxCommand is what drives the site's nginx.
func (d *draft) nginxCommand() ([]string, error) {
	if len(d.Site.Command) > 0 {
		return d.Site.Command, nil
	}
	path, _ := lookup(d.env, "PATH")
	program, err := run.LookPath("nginx", path+":/usr/sbin:/usr/local/sbin")
	if err != nil {
		return nil, ops.Errorf(ops.Invalid, d.plan.Title, "nginx was not found in PATH")
	}
	return []string{program}, nil
}

// propose makes a change the plan's.
func (d *draft) propose(ctx context.Context, c nginx.Change) (err error) {
	if d.plan.Detail, err = json.Marshal(c); err != nil {
		return ops.Wrap(d.plan.Title, err)
	}
	d.describe(c)
	d.restores(ctx, c)
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
	d.plan.Inverse = &action.Inverse{Kind: action.Nginx, Command: back.Text, Dir: filepath.Dir(c.Path), Detail: raw}
	switch {
	case c.Flag && back.Text == c.Text && c.Text != "":
		d.plan.Inverse, d.plan.Undo = nil, "nothing to undo: the flag file is there already"
	case back.Text != "" && !c.Flag:
		d.plan.Undo = "calm writes " + c.Path + " as it is now and reloads nginx, about 2 s"
	}
}

func (d *draft) describe(c nginx.Change) {
	p := &d.plan
	p.Command, p.Dir = c.Text, filepath.Dir(c.Path)
	p.Risk, p.Lease, p.Timeout = string(shell.Changes.Worse(d.Step.Risk)), "nginx", 2*time.Minute
	if c.Flag {
		p.Command, p.Undo = "touch "+c.Path, "rm "+c.Path+", at once"
		p.Touches = append(p.Touches, "nginx: "+c.Path+", which the site asks for with each request; no reload, no root")
	} else {
		p.Undo = "calm takes " + c.Path + " away and reloads nginx, about 2 s"
		p.Touches = append(p.Touches, "nginx: "+c.Path+", then nginx -t and nginx -s reload; no connection is lost")
	}
	for _, probe := range c.Probes {
		p.Touches = append(p.Touches, fmt.Sprintf("GET %s will answer %d", probe.URL, probe.Want))
	}
	if len(c.Probes) == 0 && !c.Flag {
		d.note("its effect can't be seen from outside: nothing in it returns a status")
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

var notName = regexp.MustCompile(`[^A-Za-z0-9]+`)

func snippetName(path string) string {
	name := strings.Trim(notName.ReplaceAllString(path, "-"), "-")
	if name == "" {
		name = "root"
	}
	return "calm-" + name + ".conf"
}
