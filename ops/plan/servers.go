package plan

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"calm/ops"
	"calm/ops/config"
	"calm/ops/nginx"
	"calm/ops/run"
)

// askNginx bounds how long nginx may take to print its configuration.
const askNginx = 5 * time.Second

// sites are nginx's server blocks, as nginx itself reads its configuration, or as its files say where it
// can't be asked. known is false when neither tells.
func (d *draft) sites(ctx context.Context, command []string) (sites []config.Site, known bool) {
	if len(command) > 0 {
		argv := append(slices.Clone(command), "-T")
		res, err := d.Exec.Run(ctx, run.Command{Argv: argv, Env: d.env, Timeout: askNginx})
		if all, ok := config.SitesOf(res.Stdout); err == nil && ok && !res.Truncated {
			return all, true
		}
	}
	if d.Site.Conf == "" {
		return nil, false
	}
	all, err := config.Sites(d.Site.Conf)
	return all, err == nil && len(all) > 0
}

// included says which server blocks a snippet gets into, and leaves out of it what they have already.
func (d *draft) included(path string, list []nginx.Location, sites []config.Site) ([]nginx.Location, error) {
	var names []string
	out := slices.Clone(list)
	for _, s := range sites {
		if !s.Takes(path) {
			continue
		}
		names = append(names, called(s))
		for _, l := range list {
			if !slices.ContainsFunc(s.Locations, func(head string) bool { return sameLocation(head, l) }) {
				continue
			}
			if !calmAdded(l, list) {
				return nil, ops.Errorf(ops.Invalid, d.plan.Title, "%s has a location %s already, and nginx takes no second one: edit %s, line %d, by hand", called(s), l.Path, s.File, s.Line)
			}
			d.note(fmt.Sprintf("the exact path %s stays as it is: %s has a location of its own for it", l.Path, called(s)))
			out = slices.DeleteFunc(out, func(o nginx.Location) bool { return o == l })
		}
	}
	if len(names) == 0 {
		return nil, ops.Errorf(ops.Invalid, d.plan.Title, "none of nginx's %s includes %s/*.conf, so a reload would change nothing: put `include %s/*.conf;` into the server block",
			count(len(sites), "server block", "server blocks"), filepath.Dir(path), filepath.Dir(path))
	}
	d.plan.Touches = append(d.plan.Touches, fmt.Sprintf("%d of %s: %s", len(names), count(len(sites), "site", "sites"), strings.Join(names, ", ")))
	return out, nil
}

// called is how a server block is called.
func called(s config.Site) string {
	at := strings.Join(s.Listens, ", ")
	if len(s.Names) > 0 && s.Names[0] != "" {
		at = strings.TrimSuffix(strings.Join(s.Names, " ")+" ("+at+")", " ()")
	}
	if at == "" {
		return fmt.Sprintf("%s, line %d", s.File, s.Line)
	}
	return at
}

// sameLocation says whether nginx takes a location for a second one of a head: with ^~ and without are
// the same to it.
func sameLocation(head string, l nginx.Location) bool {
	modifier, path, ok := strings.Cut(head, " ")
	if !ok {
		modifier, path = "", head
	}
	plain := func(m string) string { return strings.TrimPrefix(m, "^~") }
	return path == l.Path && plain(modifier) == plain(l.Modifier)
}

// calmAdded says whether a location is the exact path that calm adds to a prefix.
func calmAdded(l nginx.Location, list []nginx.Location) bool {
	return l.Modifier == "=" && slices.ContainsFunc(list, func(o nginx.Location) bool { return o.Modifier == "^~" && o.Path == l.Path+"/" && o.Body == l.Body })
}

// witness adds a path of calm's own to a change that nothing else would show: because none of its
// locations returns a status, or because the site answers like that already, as one whose app is down
// does.
func (d *draft) witness(ctx context.Context, c *nginx.Change) {
	if d.Site.URL == "" || !c.Unseen(ctx) {
		return
	}
	path := "/.calm-" + strings.ToLower(rand.Text()[:12])
	c.Text += "location = " + path + " { return 204; }\n"
	c.Probes = append(c.Probes, nginx.Probe{URL: strings.TrimSuffix(d.Site.URL, "/") + path, Want: 204})
	d.change("the path " + path + " is added: nothing else would show that nginx has taken the change")
}

// flagged finds the flag file that closes all that a fragment closes. It is the better way: it takes
// effect with the next request, and neither a reload nor root is needed.
func (d *draft) flagged(list []nginx.Location, sites []config.Site) (nginx.Change, bool) {
	var c nginx.Change
	if d.AsWritten || d.Site.URL == "" {
		return c, false
	}
	for _, l := range list {
		f, ok := flagOf(l, sites)
		switch {
		case !ok && calmAdded(l, list):
			if c.Path != "" {
				d.note("the exact path " + l.Path + " stays open: the site's flag file is not asked for there")
			}
			continue
		case !ok || c.Path != "" && c.Path != f.File:
			return nginx.Change{}, false
		}
		c.Path = f.File
		c.Probes = append(c.Probes, nginx.Probe{URL: strings.TrimSuffix(d.Site.URL, "/") + l.Path, Want: f.Status})
	}
	c.Text, c.Flag = nginx.FlagText, true
	if err := unix.Access(filepath.Dir(c.Path), unix.W_OK|unix.X_OK); err != nil {
		d.note(fmt.Sprintf("the site has a flag file for it, %s, and this user may not make it (%v): it is done by a snippet and a reload", c.Path, err))
		return nginx.Change{}, false
	}
	return c, true
}

func flagOf(l nginx.Location, sites []config.Site) (config.Flag, bool) {
	for _, s := range sites {
		for _, f := range s.Flags {
			_, path, ok := strings.Cut(f.Location, " ")
			if !ok {
				path = f.Location
			}
			if path == l.Path && !strings.HasPrefix(f.Location, "~") && f.Status != 0 && f.Status == l.Status && filepath.IsAbs(f.File) && !strings.Contains(f.File, "$") {
				return f, true
			}
		}
	}
	return config.Flag{}, false
}

// planFlag plans to make a flag file.
func (d *draft) planFlag(ctx context.Context, c nginx.Change) error {
	d.change(fmt.Sprintf("calm makes %s, which the site asks for: it closes with the next request, without a reload and without root", c.Path))
	if exists(c.Path) {
		d.note("it is there already")
	} else if c.Unseen(ctx) {
		c.Probes = nil
		d.note("the site answers like that already: whether the file has closed it can't be seen")
	}
	return d.propose(ctx, c)
}
