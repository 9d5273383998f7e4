package lint

import (
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var noUndo = Rule{
	ID: "no-undo", Level: Warning,
	Title: "A step destroys, and the procedure does not say how to take it back",
	Why: "The one who runs it at night decides whether to go on by asking what happens if it was wrong. Where nothing is said, " +
		"people either do not dare, or find out afterwards.",
	Mend: "Add a line `**Undo**: …` with the command that brings back what was there, or say that there is no way back.",
	Bad: `## Rollback

~~~bash
mongodump --config=mongo.yaml --out=/var/tmp/before
mongorestore --config=mongo.yaml --dir=/backups/nightly/shop --drop

# Verify that it answers
curl -fsS https://shop.example/api/health
~~~
`,
	Good: `## Rollback

~~~bash
mongodump --config=mongo.yaml --out=/var/tmp/before
mongorestore --config=mongo.yaml --dir=/backups/nightly/shop --drop

# Verify that it answers
curl -fsS https://shop.example/api/health
~~~

**Undo**: the same with /var/tmp/before/shop
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			pr := seq.procedure
			if pr == nil || pr.Undo != "" || pr.Kind != runbook.Rollback && pr.Kind != runbook.KillSwitch {
				continue
			}
			if seq.says(0, "undo", "take back", "taken back", "roll forward", "re-apply", "no way back", "irreversible", "cannot be undone", "can't be undone", "if it goes wrong", "if this fails", "restore the") {
				continue
			}
			for _, s := range seq.sites {
				if s.step.Risk == shell.Destroys && s.step.Undo == "" && losesData(s) {
					p.finding(s, spelled(s.Call)+" destroys what is there, and nothing says how to take it back", "Add `**Undo**: …` under the steps, or say that there is no way back.")
					break
				}
			}
		}
	},
}
