package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/runbook/shell"
	"calm/ops/run"
)

// uriFlag is --uri with nothing but a variable; uriWord is a variable alone, as mongosh's address.
var (
	uriFlag = regexp.MustCompile(`--uri(?:=|\s+)"?\$\{?([A-Za-z_]\w*)\}?"?`)
	uriWord = regexp.MustCompile(`(^|\s)"?\$\{?([A-Za-z_]\w*)\}?"?(\s|$)`)
)

// mongoTools read an address from a file.
var mongoTools = []string{"mongodump", "mongorestore", "mongoexport", "mongoimport", "mongofiles", "mongostat", "mongotop"}

// conceal takes addresses with passwords out of the arguments, where anybody on the host could read
// them: MongoDB's tools get them as a file, mongosh takes them out of its environment.
func (d *draft) conceal() {
	calls := shell.Analyze(d.plan.Command).Calls
	// From the last to the first, so that the places of those before stay right.
	for i, c := range slices.Backward(calls) {
		end := len(d.plan.Command)
		if i+1 < len(calls) && calls[i+1].Offset > c.Offset {
			end = calls[i+1].Offset
		}
		if c.Offset < 0 || c.Offset >= end {
			continue
		}
		text := d.plan.Command[c.Offset:end]
		switch {
		case slices.Contains(mongoTools, c.Program):
			text = d.byFile(c.Program, text)
		case c.Program == "mongosh" && len(c.Operands()) == 1 && c.Has("--eval"):
			text = d.byEnvironment(text)
		}
		d.plan.Command = d.plan.Command[:c.Offset] + text + d.plan.Command[end:]
	}
	slices.Sort(d.plan.Addresses)
	d.plan.Addresses = slices.Compact(d.plan.Addresses)
}

func (d *draft) byFile(program, text string) string {
	at := uriFlag.FindStringSubmatchIndex(text)
	if at == nil || !d.secretAddress(text[at[2]:at[3]]) {
		return text
	}
	name := text[at[2]:at[3]]
	d.plan.Addresses = append(d.plan.Addresses, name)
	d.change(fmt.Sprintf("%s gets $%s as a file: as an argument anybody on the host could read it", program, name))
	return text[:at[0]] + `--config="$` + run.AddressFile(name) + `"` + text[at[1]:]
}

func (d *draft) byEnvironment(text string) string {
	at := uriWord.FindStringSubmatchIndex(text)
	if at == nil || !d.secretAddress(text[at[4]:at[5]]) {
		return text
	}
	name := text[at[4]:at[5]]
	d.plan.EnvNames = append(d.plan.EnvNames, name)
	d.change(fmt.Sprintf("mongosh takes $%s out of its environment: as an argument anybody on the host could read it", name))
	return text[:at[3]] + "--nodb --eval 'db = connect(process.env." + name + ")'" + text[at[6]:]
}

// secretAddress says whether a variable that the command does not set itself holds a password.
func (d *draft) secretAddress(name string) bool {
	value, ok := lookup(d.env, name)
	return ok && hasPassword(value) && !slices.Contains(d.Step.EnvSets, name)
}

// hasPassword says whether an address is one that nobody else may read.
func hasPassword(address string) bool {
	_, rest, ok := strings.Cut(address, "://")
	at := strings.LastIndex(rest, "@")
	return ok && at > 0 && strings.Contains(rest[:at], ":")
}

// needed are the variables of a command as it will run: those that calm put in are not the person's.
func needed(plan *action.Plan, reads []string) []string {
	var names []string
	for _, n := range append(slices.Clone(plan.Addresses), append(reads, plan.EnvNames...)...) {
		own := slices.ContainsFunc(plan.Addresses, func(a string) bool { return run.AddressFile(a) == n })
		if !own && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
