package logs

import "testing"

func TestSpoken(t *testing.T) {
	for line, want := range map[string]string{
		`{"t":{"$date":"2026-11-23T03:07:09.123+00:00"},"s":"W",  "c":"COMMAND",  "id":51803,   "ctx":"conn12","msg":"Slow query","attr":{"ns":"aurora.products","planSummary":"COLLSCAN","durationMillis":4100}}`: `W COMMAND Slow query  "ns":"aurora.products","planSummary":"COLLSCAN","durationMillis":4100`,
		`{"t":{"$date":"2026-11-23T03:07:09.123+00:00"},"s":"I",  "c":"-",  "id":1, "ctx":"main","msg":"said \"no\""}`:                                                                                             `I - said \"no\"`,
		`{"t":{"$date":"2026-11-23T03:07:09.123+00:00"},"s":"E",  "c":"NETWORK",  "id":1, "ctx":"main","msg":"Error","attr":{"error":"Conn`:                                                                        `E NETWORK Error  "error":"Conn`,
		`{"t":{"$date":"2026-11-23T03:07:09.123+00:00"},"s":"E","c":"NETWO`:                                                                                                                                        `{"t":{"$date":"2026-11-23T03:07:09.123+00:00"},"s":"E","c":"NETWO`,
		`{"t":{"$date":`:         `{"t":{"$date":`,
		`{"msg":"not mongod's"}`: `{"msg":"not mongod's"}`,
		"plain":                  "plain",
		"":                       "",
	} {
		if got := string(spoken([]byte(line))); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", line, got, want)
		}
	}
}
