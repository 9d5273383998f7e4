package approve

import (
	"strings"
	"testing"

	"calm/model/incident"
	"calm/model/runbook"
)

// Where a team has said who has which role, only those count whom the runbook asks for.
func TestRoles(t *testing.T) {
	roles := map[string][]string{"Engineering Lead": {"@john-doe"}, "CTO": {"mary@example.com", "mary"}, "Director": {"dan"}}
	for _, test := range []struct {
		name  string
		roles map[string][]string
		by    []string
		who   string
		how   string
		wrong string
	}{
		{"the lead", roles, []string{"Engineering Lead @john-doe", "CTO"}, "john-doe@example.com", incident.BySignature, ""},
		{"the CTO", roles, []string{"Engineering Lead", "CTO"}, "mary@example.com", incident.BySignature, ""},
		{"as a user of the host", roles, []string{"Engineering Lead", "CTO"}, "mary", incident.BySecond, ""},
		{"somebody else with a key", roles, []string{"Engineering Lead", "CTO"}, "eve@example.com", incident.BySignature, "eve@example.com is none of those whom the runbook asks for here: mary@example.com, mary, @john-doe"},
		{"another role", roles, []string{"CTO"}, "john-doe", incident.BySignature, "none of those"},
		{"a role within a word", roles, []string{"the vectors"}, "mary", incident.BySignature, "names nobody for that"},
		{"a role that nobody has", roles, []string{"Security Officer"}, "mary", incident.BySignature, "asks for Security Officer"},
		{"nobody", roles, []string{"CTO"}, "", incident.BySecond, "does not say who"},
		{"the exception is nobody's", roles, []string{"CTO"}, "", incident.ByException, ""},
		{"no roles are given", nil, []string{"CTO"}, "eve", incident.BySignature, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Policy{Roles: test.roles}.Holds(runbook.Approval{By: test.by}, incident.GrantedData{How: test.how, By: test.who})
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("%v, want %q", err, test.wrong)
			}
		})
	}
}
