package approve

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"calm/model/incident"
	"calm/model/runbook"
)

// Holds says why somebody is none of those whom the runbook asks for; nil where it is one, and where a
// team has not said who has which role: then everyone counts whose signature or word does. The exception
// is nobody's.
func (p Policy) Holds(asked runbook.Approval, g incident.GrantedData) error {
	if len(p.Roles) == 0 || g.How == incident.ByException {
		return nil
	}
	words := strings.ToLower(strings.Join(append(slices.Clone(asked.By), asked.Text), "\n"))
	var named []string
	for _, role := range slices.Sorted(maps.Keys(p.Roles)) {
		if !mentions(words, strings.ToLower(role)) {
			continue
		}
		for _, who := range p.Roles[role] {
			if same(who, g.By) {
				return nil
			}
			named = append(named, who)
		}
	}
	if len(named) == 0 {
		return fmt.Errorf("the runbook asks for %s, and approval.roles in calm.yaml names nobody for that", strings.Join(asked.By, ", or "))
	}
	if g.By == "" {
		return errors.New("it does not say who gave it")
	}
	return fmt.Errorf("%s is none of those whom the runbook asks for here: %s", g.By, strings.Join(named, ", "))
}

// mentions says whether a text has a role as words of its own: "cto" is not in "director".
func mentions(text, role string) bool {
	for from := 0; role != ""; {
		i := strings.Index(text[from:], role)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(role)
		if !letterAt(text, at-1) && !letterAt(text, end) {
			return true
		}
		from = at + 1
	}
	return false
}

func letterAt(text string, i int) bool {
	return i >= 0 && i < len(text) && (text[i] >= 'a' && text[i] <= 'z' || text[i] >= '0' && text[i] <= '9' || text[i] >= 0x80)
}

// same says whether two names are of one person: a user, or a principal with or without its host.
func same(who, principal string) bool {
	who, principal = strings.TrimPrefix(who, "@"), strings.TrimPrefix(principal, "@")
	user, _, _ := strings.Cut(principal, "@")
	return who != "" && (strings.EqualFold(who, principal) || strings.EqualFold(who, user))
}
