package lint

import (
	"fmt"

	"calm/model/pattern"
)

var placeholderContact = Rule{
	ID: "placeholder-contact", Level: Warning,
	Title: "A contact is an example that nobody replaced",
	Why: "A number of X's, @john-doe, somebody@example.com: it looks filled in, until it is called. That is found out by the one " +
		"person who has no time for it.",
	Mend: "Write the real number, handle or address; where it is kept elsewhere, say where; where there is none, take the line out.",
	Bad: `## Contacts

| Role | Contact |
|------|---------|
| Engineering lead | @john-doe |
`,
	Good: `## Contacts

| Role | Contact |
|------|---------|
| Engineering lead | PagerDuty, rotation "leads" |
`,
	check: func(p *pass) {
		people := map[int]bool{} // lines that say whom to call
		for _, c := range p.rb.Contacts {
			people[c.Line-1] = true
		}
		for _, e := range p.rb.Escalation {
			for s := p.page.span(e.Part); s.from <= s.to; s.from++ {
				people[s.from] = true
			}
		}
		p.prose(func(i int, text string) {
			found := ""
			if mentions(text, "@", "XXX", "xxx", "555", "456", "oe", "mith", "OE", "MITH") {
				found = exampleContact.FindString(text)
			}
			if found == "" && people[i] {
				found = openContact.FindString(text)
			}
			if found != "" {
				p.report(i+1, "", fmt.Sprintf("“%s” stands where somebody to call should stand", brief(found)), "Write the real one, or where it is to be found, or take the line out.")
			}
		})
	},
}

var (
	// exampleContact is a number, name or address that is none, wherever it stands: the exchange 555 and
	// the domains called example are kept free for that.
	exampleContact = pattern.New(`(?:\+?\d[\d() .-]*)?\b[Xx]{3}[-. ][Xx]{3,4}(?:[-. ][Xx]{4})?\b|(?:\+?1[-. ]?)?\(?\b\d{3}\)?[-. ]555[-. ]\d{4}\b|\b555[-.]\d{4}\b|\b123[-. ]456[-. ]7890\b|@?\b(?i:john|jane)[._-]?(?i:doe|smith)\b(?:@[\w.-]+)?|[\w.+-]+@(?:[\w-]+\.)*(?:example|yourcompany|your-company|yourdomain|your-domain|company|yourorg|your-org)\.(?:com|org|net|io)\b`)
	// openContact is what stands for a contact that is still to come.
	openContact = pattern.New(`\b(?:TBD|TBA|TBC)\b|\[(?:[Nn]ame|NAME|[Pp]hone|PHONE|[Ee]mail|EMAIL|[Cc]ontact|[Nn]umber|[Hh]andle|[Ii]nsert|[Yy]our|[Tt]o be|TBD|X+)[^\]]*\]|<(?:[Nn]ame|[Pp]hone|[Ee]mail|[Cc]ontact|[Nn]umber|[Hh]andle|[Ii]nsert|[Yy]our)[^>]*>|_{4,}`)
)
