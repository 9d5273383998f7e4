package plan

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/ops"
	"calm/ops/run"
)

// Here says whether a step that leads to another prompt leads nowhere: to this host, or to the user
// that calm runs as.
func (p *Planner) Here(s runbook.Step) bool {
	if s.Remote == "" {
		own := userName()
		name, ok := action.AsUser(s, own)
		return ok && name == own
	}
	name := bare(s.Remote)
	bound, _ := p.Bind(name)
	own, _ := os.Hostname()
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1", own, p.Host}, bound) || name == p.Host
}

// bare is a destination without its user.
func bare(destination string) string {
	if _, name, ok := strings.Cut(destination, "@"); ok {
		return name
	}
	return destination
}

// place settles where the step runs: here, or on the host that a step before it leads to.
func (d *draft) place(ctx context.Context) error {
	at := d.Prompt
	if d.plan.Host != "" {
		return nil // it takes back what was done there
	}
	opens := action.OpensPrompt(d.Step)
	if at.Leaves || opens && len(at.Within) == 0 && d.Here(d.Step) {
		return &ops.Error{Code: ops.Conflict, Op: d.plan.Title, Detail: "calm is there already: tick this step and go on", Err: ErrHere}
	}
	if n := len(at.Within); n > 1 || n == 1 && opens && at.Opens {
		return ops.Errorf(ops.Invalid, d.plan.Title, "it is two prompts away (%s): calm goes to one host; write that one as ssh HOST, with ProxyJump in ~/.ssh/config, or do this step by hand", within(at, d.Step))
	}
	lead := d.Step
	if len(at.Within) == 1 {
		lead = at.Within[0]
	}
	switch {
	case len(at.Within) == 0 && !at.Opens:
		if d.Step.Remote != "" {
			d.note("calm is not on " + bare(d.Step.Remote) + ": it gives you the terminal, and sees nothing of what you do there")
		}
		return nil
	case lead.Remote == "" && at.Opens:
		return ops.Errorf(ops.Invalid, d.plan.Title, "it opens a prompt for the steps after it, and calm types at none: write them as commands of their own (sudo -n COMMAND, docker exec NAME COMMAND), or do them by hand")
	case lead.Remote == "":
		return ops.Errorf(ops.Invalid, d.plan.Title, "it is meant for the prompt that `%s` opens, and would run outside of it: write it as a command of its own, or do it by hand", typed(lead))
	}
	return d.connect(ctx, lead)
}

// typed is what a person types for a step.
func typed(s runbook.Step) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s.Text), "\n")
	return line
}

func within(at action.Prompt, s runbook.Step) string {
	var all []string
	for _, w := range at.Within {
		all = append(all, typed(w))
	}
	if at.Opens {
		all = append(all, typed(s))
	}
	return strings.Join(all, ", then ")
}

// connect sets where and how: the destination and the options of the runbook's own ssh.
func (d *draft) connect(ctx context.Context, lead runbook.Step) error {
	i := slices.IndexFunc(lead.Calls, func(c shell.Call) bool { return c.Program == "ssh" && c.Interactive })
	if i < 0 {
		return ops.Errorf(ops.Invalid, d.plan.Title, "how `%s` connects can't be told from its text: do this step by hand", typed(lead))
	}
	own, destination, err := d.options(lead.Calls[i])
	if err != nil {
		return err
	}
	path, _ := lookup(d.Env(), "PATH")
	program, err := run.LookPath("ssh", path)
	if err != nil {
		return ops.Errorf(ops.Invalid, d.plan.Title, "ssh was not found in PATH: install openssh-client")
	}
	if program, err = filepath.Abs(program); err != nil {
		return ops.Wrap(d.plan.Title, err)
	}
	// Relative to the runbook means nothing there.
	if d.plan.Dir = d.Carried.Dir; filepath.IsAbs(d.Step.Cwd) {
		d.plan.Dir = d.Step.Cwd
	}
	d.plan.Host, d.plan.Connect = destination, run.Connection(program, own)
	d.plan.Programs = []action.Program{{Name: "ssh", Path: program}}
	return d.trusts(ctx)
}

// What ssh's options are to calm: those that say where and how to connect go along, and those that
// ask for a terminal or for forwarding are left out.
const (
	goAlong   = " -p -i -l -J -F -b -B -c -m "
	goAlone   = " -4 -6 -C "
	leftOut   = " -A -a -X -x -Y -t -tt -T -n -q -v -vv -vvv -k -K "
	keysAlong = " port user identityfile identitiesonly connecttimeout hostkeyalias proxyjump proxycommand addressfamily certificatefile hostkeyalgorithms serveraliveinterval serveralivecountmax "
	keysAway  = " batchmode forwardagent forwardx11 requesttty loglevel compression userknownhostsfile globalknownhostsfile "
)

// options are those of the runbook's ssh that go along, and its destination.
func (d *draft) options(c shell.Call) (own []string, destination string, err error) {
	args := c.Args()
	for i := 0; i < len(args); i++ {
		w := args[i]
		if !w.Fixed() {
			if bound, _ := d.Bind(w.Raw); bound == w.Raw || !inert.MatchString(bound) {
				return nil, "", ops.Errorf(ops.Invalid, d.plan.Title, "%s in `ssh` is not known here: put a name for it under bind in calm.yaml", w.Raw)
			}
		}
		flag, value := w.Text, ""
		if len(flag) > 2 && strings.Contains(goAlong+" -o ", " "+flag[:2]+" ") {
			flag, value = flag[:2], flag[2:]
		} else if strings.Contains(goAlong+" -o ", " "+flag+" ") && i+1 < len(args) {
			i++
			value = args[i].Text
		}
		switch {
		case !strings.HasPrefix(flag, "-"):
			return own, d.destination(w), nil
		case flag == "-o":
			if own, err = d.setting(own, value); err != nil {
				return nil, "", err
			}
		case value != "":
			own = append(own, flag, value)
		case strings.Contains(goAlone, " "+flag+" "):
			own = append(own, flag)
		case strings.Contains(leftOut, " "+flag+" "):
			d.change("ssh's " + flag + " is left out: calm forwards nothing and asks for no terminal")
		default:
			return nil, "", ops.Errorf(ops.Invalid, d.plan.Title, "ssh's option %s is none that calm takes along: do this step by hand", flag)
		}
	}
	return nil, "", ops.Errorf(ops.Invalid, d.plan.Title, "ssh is given no host")
}

// destination is the runbook's, as this host calls it.
func (d *draft) destination(w shell.Word) string {
	text := w.Text
	if !w.Fixed() {
		text = w.Raw
	}
	who, name, ok := strings.Cut(text, "@")
	if !ok {
		who, name = "", text
	}
	bound, did := d.Bind(name)
	for _, s := range did {
		d.change(fmt.Sprintf("%s is %s here", s.From, s.To))
	}
	if who != "" && !strings.Contains(bound, "@") {
		return who + "@" + bound
	}
	return bound
}

// setting takes one -o along, or leaves it out. Whether a host's key is good is not for a runbook.
func (d *draft) setting(own []string, text string) ([]string, error) {
	key, value, _ := strings.Cut(strings.ReplaceAll(text, " ", "="), "=")
	low := " " + strings.ToLower(key) + " "
	switch {
	case strings.Contains(keysAlong, low):
		return append(own, "-o", text), nil
	case low == " stricthostkeychecking " && slices.Contains([]string{"yes", "ask"}, strings.ToLower(value)):
		return append(own, "-o", text), nil
	case low == " stricthostkeychecking ", strings.Contains(keysAway, low):
		d.change("ssh's " + text + " is left out: your own ssh configuration decides that")
		return own, nil
	}
	return nil, ops.Errorf(ops.Invalid, d.plan.Title, "ssh's option %s is none that calm takes along: put it into ~/.ssh/config", key)
}

// trusts says what this host knows of the other one's key. ssh itself decides when it connects.
func (d *draft) trusts(ctx context.Context) error {
	env := d.EnvOf(d.plan)
	argv := append(slices.Clone(d.plan.Connect), "-G", "--", d.plan.Host)
	res, err := d.Exec.Run(ctx, run.Command{Argv: argv, Env: env})
	if err != nil {
		return ops.Errorf(ops.Invalid, d.plan.Title, "ssh does not take it: %s", firstLine(string(res.Stderr), err))
	}
	set := map[string]string{}
	for line := range strings.Lines(string(res.Stdout)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, has := set[key]; !has {
			set[key] = value
		}
	}
	if !strings.Contains(d.plan.Host, "@") && !strings.Contains(d.plan.Host, "://") && set["user"] != "" {
		d.plan.Host = set["user"] + "@" + d.plan.Host
	}
	d.plan.Trusted = d.hostKey(ctx, set, env)
	return nil
}

func (d *draft) hostKey(ctx context.Context, set map[string]string, env []string) string {
	name := set["hostkeyalias"]
	if name == "" {
		if name = set["hostname"]; set["port"] != "22" {
			name = "[" + name + "]:" + set["port"]
		}
	}
	home := ""
	if u, err := user.Current(); err == nil {
		home = u.HomeDir
	}
	for _, file := range strings.Fields(set["userknownhostsfile"] + " " + set["globalknownhostsfile"]) {
		if rest, ok := strings.CutPrefix(file, "~/"); ok {
			file = filepath.Join(home, rest)
		}
		if _, err := d.Exec.Run(ctx, run.Command{Argv: []string{"ssh-keygen", "-F", name, "-f", file}, Env: env}); err == nil {
			return "host key known"
		}
	}
	if check := set["stricthostkeychecking"]; check == "false" || check == "no" || check == "accept-new" {
		return "host key not known; your ssh configuration takes a new one"
	}
	return "host key not known: ssh will refuse; connect by hand once"
}

func firstLine(said string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	if line == "" {
		return err.Error()
	}
	return line
}

// lookAround is what calm does in place of opening a prompt on another host.
const lookAround = `printf '%s on %s, in %s\n' "$(id -un)" "$(uname -n)" "$PWD"`

// there plans a step for bash on another host. Nothing there can be looked at before it runs.
func (d *draft) there(ctx context.Context) error {
	if d.Prompt.Opens {
		d.Step.Text, d.Step.Risk, d.Step.Remote, d.Step.Placeholders = lookAround, shell.Reads, "", nil
		d.change("calm opens no prompt: it connects and says where it is; the steps after it run there one by one")
	}
	if err := d.text(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(d.Carried.Set)) {
		d.plan.Carries = append(d.plan.Carries, action.Variable{Name: name, Now: shown(name, d.Carried.Set[name]), From: d.Carried.From[name]})
	}
	if !d.AsWritten {
		d.amend()
	}
	if err := d.rehearse(); err != nil {
		return err
	}
	d.analyse()
	d.unseen()
	for _, t := range d.known.Touches {
		d.plan.Touches = append(d.plan.Touches, t.Kind+" "+t.Name+" on "+d.plan.Host)
	}
	if !d.plan.Check && d.plan.Risk != string(shell.Changes) {
		d.plan.Target = bare(d.plan.Host)
		d.plan.Lost = "not known: calm can't count on " + d.plan.Host
	}
	if d.plan.Undo = "none known: calm does not see where that host stood"; !slices.ContainsFunc(d.calls, func(c action.Call) bool { return c.Is("git") }) {
		d.plan.Undo = d.undo(ctx)
	}
	if lease := d.lease(); lease != "" {
		d.plan.Lease = d.plan.Host + "/" + lease
	}
	d.plan.Timeout = d.limited(d.timeout())
	return nil
}

// unseen says what can't be known of the other host.
func (d *draft) unseen() {
	host := d.plan.Host
	if len(d.known.Programs) > 0 && !d.Prompt.Opens {
		d.note(strings.Join(d.known.Programs, ", ") + ": whether it is there is not known before it runs")
	}
	for _, name := range d.plan.EnvNames {
		if _, ok := d.Carried.Set[name]; !ok {
			d.note("$" + name + " is what a login on " + host + " has; calm can't see it")
		}
	}
	if d.plan.Terminal && len(d.Carried.Set) > 0 {
		d.note("what earlier steps set is not carried to a program that has the terminal")
	}
	for _, c := range d.known.Calls {
		if slices.Contains(mongoTools, c.Program) && (c.Has("--uri") || c.Has("-p --password")) {
			d.note(c.Program + " gets its address as an argument: anybody on " + host + " can read it while it runs")
		}
	}
	if !d.plan.Check {
		d.note("the readings are of this host, not of " + host)
	}
}
