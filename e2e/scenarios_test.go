package e2e

import (
	"strings"
	"testing"
)

// The five scenarios: broken by a real fault, seen, suggested as the runbook says, led to, cured by
// the runbook's own remedy through the console's keys, measured, and told by the journal.
func TestScenariosAreCuredByKeys(t *testing.T) {
	for _, d := range []drill{
		{"flag-off", "widget", "SEV-3", "scenario-1-widget-button-not-appearing", "pm2 restart glowglitch-app --update-env"},
		{"products-failing", "error ratio", "SEV-2", "scenario-2-high-error-rate-on-api-support-products", "createIndex"},
		{"pool-held", "db health", "SEV-1", "scenario-3-database-connection-pool-exhausted", "pm2 restart glowglitch-app"},
		{"deepseek-429", "DeepSeek 429", "SEV-2", "scenario-4-deepseek-api-rate-limit-exceeded", "pm2 restart glowglitch-app --update-env"},
		{"leak", "restarts", "SEV-2", "scenario-5-memory-leak-causing-oom-crashes", "pm2 restart glowglitch-app --update-env"},
	} {
		t.Run(d.fault, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			h.fault(d.fault)
			x := h.console(120, 40)
			x.until(patience, d.out+" out of bounds", func(s string) bool {
				for line := range strings.Lines(s) {
					if strings.HasPrefix(line, "   out") && strings.Contains(line, "▲ "+d.out) {
						return true
					}
				}
				return false
			})
			x.declare(d.level)
			x.follow(2*patience, "Mark mitigated")
			x.press(".")
			x.until(patience, "a new next step after mitigation", func(s string) bool {
				_, text := foot(s)
				return !strings.Contains(text, "Mark mitigated")
			})
			x.leave()
			d.told(t, h)
		})
	}
}
