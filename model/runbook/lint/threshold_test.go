package lint

import (
	"strings"
	"testing"
)

// TestThresholds: what two severities say of the same thing, from the worse to the milder, and which
// of the rules on thresholds speak up.
func TestThresholds(t *testing.T) {
	for criteria, want := range map[string]string{
		"Error rate > 50% | Error rate 20-50%":                            "",
		"Error rate 20-50% | Error rate 10-20%":                           "threshold-edge",
		"Error rate > 50% | Error rate > 20%":                             "", // the worst that holds counts
		"Error rate > 50% | Error rate < 50%":                             "threshold-gap",
		"Error rate > 50% | Error rate 10-40%":                            "threshold-gap",
		"Error rate > 20% | Error rate 10-40%":                            "threshold-overlap",
		"Error rate 30-60% | Error rate 10-40%":                           "threshold-overlap",
		"Error rate > 5% | Error rate > 10%":                              "threshold-never",
		"Error rate > 5% | Error rate > 5%":                               "threshold-never",
		"Error rate 5-50% | Error rate 10-20%":                            "threshold-never",
		"Error rate at least 20% | Error rate at least 10% and below 20%": "",
		"API latency > 5 seconds (p95) | API latency 2-5 seconds (p95)":   "",
		"API latency > 5 seconds (p95) | API latency 1000-4000 ms (p95)":  "threshold-gap",
		"API latency > 5 seconds (p95) | API latency > 5 seconds (p50)":   "", // not the same latency
		"Error rate > 5% | API latency > 2 seconds (p95)":                 "",
		"Error rate > 5% for 10 minutes | Error rate > 10%":               "", // the worse one wants more
		"Payment error rate > 5% | Error rate > 10%":                      "",
		"Error rate on /api/pay > 5% | Error rate > 10%":                  "",
		"Traffic < 10 req/s | Traffic < 5 req/s":                          "", // too little is the trouble
		"Many users complain | Some users complain":                       "",
	} {
		worse, milder, _ := strings.Cut(criteria, " | ")
		text := "## Severities\n\n### SEV-1\n\n**Response Time**: 15 minutes\n\n**Examples**:\n- " + worse +
			"\n\n### SEV-2\n\n**Response Time**: 1 hour\n\n**Examples**:\n- " + milder + "\n"
		if got := strings.Join(brokenBy(t, text), " "); got != want {
			t.Errorf("%s: %q, want %q", criteria, got, want)
		}
	}
}

// TestThresholdMessages: the numbers in a message are the writer's own, and so are the names.
func TestThresholdMessages(t *testing.T) {
	found := Check(parse(t, thresholdGap.Bad))
	if len(found) != 1 || found[0].Line != 15 || found[0].Message != "between 40 % and 50 % it is neither SEV-2 nor SEV-1 (line 8)" {
		t.Errorf("%+v", found)
	}
	found = Check(parse(t, thresholdOverlap.Bad))
	if len(found) != 1 || found[0].Line != 15 || found[0].Message != "from 20 % to 30 % it is both SEV-2 and SEV-1 (line 8)" {
		t.Errorf("%+v", found)
	}
}
