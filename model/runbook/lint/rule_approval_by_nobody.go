package lint

import (
	"fmt"

	"calm/model/pattern"
)

var approvalByNobody = Rule{
	ID: "approval-by-nobody", Level: Warning,
	Title: "A procedure needs approval, and nobody is named who may give it",
	Why:   "Whoever has to stop everything at night needs to know at once whom to ask. Without a name they ask anybody, or nobody.",
	Mend:  "Name the roles: `**Requires**: Engineering Lead or CTO approval`, with the exception where it may go without.",
	Bad: `## Rollback

Hides the widget.

**Requires**: approval

1. Ask the vendor to hide it
`,
	Good: `## Rollback

Hides the widget.

**Requires**: Engineering Lead or CTO approval

1. Ask the vendor to hide it
`,
	check: func(p *pass) {
		for _, pr := range p.rb.Procedures {
			if pr.Approval != nil && len(pr.Approval.By) == 0 {
				p.report(p.page.find(pr.Part, approvalWords), "", fmt.Sprintf("“%s” needs approval, and nobody is named who may give it", brief(pr.Title)),
					"Name the roles: “Requires: Engineering Lead or CTO approval”.")
			}
		}
	},
}

var approvalWords = pattern.New(`(?i)\bapprov|\bauthori[sz]|\bsign[- ]?off|\bpermission`)
