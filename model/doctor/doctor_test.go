package doctor

import (
	"slices"
	"testing"
	"time"

	"calm/model/signal"
)

func TestUnknownIsNotThere(t *testing.T) {
	r := Report{Things: []Thing{
		{Kind: Path, Name: "/here", State: There},
		{Kind: Collection, Name: "products", State: Unknown},
		{Kind: Channel, Name: "#incidents", State: Unknown, How: How{Asked: true}},
	}}
	if !r.OK() || r.Count(There) != 1 || r.Count(Unknown) != 1 || r.Count(Missing) != 0 {
		t.Errorf("nothing is missing, and only one thing is there: %+v", r)
	}
	r.Things[1].State = Missing
	if r.OK() || r.Count(Missing) != 1 {
		t.Error("something is missing")
	}
	// What a person judges does not count, unless it is known to be missing.
	r.Things = []Thing{{State: Missing, How: How{Asked: true}}}
	if r.OK() {
		t.Error("a link that is known to be dead is missing")
	}
}

func TestSort(t *testing.T) {
	r := Report{Things: []Thing{
		{Kind: Program, Name: "here", State: There},
		{Kind: Channel, Name: "open", State: Unknown},
		{Kind: URL, Name: "gone", State: Missing, NeededBy: []Place{{Line: 9}, {Line: 3}}},
		{Kind: Program, Name: "lost", State: Missing},
		{Kind: Program, Name: "maybe", State: Unknown},
	}}
	r.Sort()
	var got []string
	for _, x := range r.Things {
		got = append(got, x.Name)
	}
	if want := []string{"lost", "gone", "maybe", "open", "here"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if r.Things[1].NeededBy[0].Line != 3 {
		t.Errorf("places come in the order of the file: %v", r.Things[1].NeededBy)
	}
}

func TestSentence(t *testing.T) {
	for want, x := range map[string]Thing{
		"jq is not in PATH":              {Kind: Program, Name: "jq", State: Missing},
		"pm2 has no shop":                {Kind: Process, Name: "shop", State: Missing},
		"/backups/latest is missing":     {Kind: Path, Name: "/backups/latest", State: Missing},
		"GET /api/metrics answers 403":   {Kind: URL, Name: "https://ana:pw@shop.example:8443/api/metrics?x=1", State: Missing, Detail: "answers 403"},
		"GET / answers 404":              {Kind: URL, Name: "https://shop.example", State: Missing, Detail: "answers 404"},
		"$FLAG is not set":               {Kind: Variable, Name: "FLAG", State: Missing},
		"collection products is missing": {Kind: Collection, Name: "products", State: Missing},
		"products is unknown":            {Kind: Collection, Name: "products", State: Unknown},
		"jq is there":                    {Kind: Program, Name: "jq", State: There},
	} {
		if got := x.Sentence(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestMeasured(t *testing.T) {
	reading := func(n signal.Name, status signal.Status, source string) signal.Reading {
		return signal.Reading{Spec: signal.Spec{Name: n, Label: string(n)}, Status: status, Sample: signal.Sample{Name: n, Source: source}}
	}
	quiet := reading(signal.AppCPU, signal.Unknown, "")
	quiet.Spec.Quiet = true
	got := Measured([]signal.Reading{
		reading(signal.ErrorRatio, signal.In, "nginx log"), reading(signal.DBPing, signal.Unknown, "mongod"), reading(signal.Widget, signal.Absent, ""), quiet,
	}, []signal.Sample{
		{Name: signal.ErrorRatio, Source: "nginx log", Value: .1, At: time.Unix(1, 0)},
		{Name: signal.ErrorRatio, Source: "metrics", Err: "GET /api/metrics: HTTP 403"},
		{Name: signal.DBPing, Source: "mongod", Err: "mongod: connection refused"},
	})
	want := []Signal{
		{Name: signal.ErrorRatio, Label: "error_ratio", Source: "nginx log", Measured: true, Error: "metrics: GET /api/metrics: HTTP 403", Help: "let this host read it without a session"},
		{Name: signal.DBPing, Label: "db_ping", Error: "mongod: connection refused", Help: "see whether it runs"},
		{Name: signal.Widget, Label: "widget", Error: "nothing on this host is asked for it", Help: "set page_url, and page_marker to a text that the page has while all is well, in calm.yaml"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v\n want %+v", got, want)
	}
}

// Every signal that calm knows and would miss has advice.
func TestEverySignalHasAdvice(t *testing.T) {
	for _, s := range signal.Specs(nil, "") {
		if s.Quiet && len(s.Limits) == 0 || lacks[s.Name] != "" || s.Name == signal.HostCPU || s.Name == signal.DiskRoot || s.Name == signal.HostMemory {
			continue
		}
		t.Errorf("nobody says what %s lacks", s.Name)
	}
}

func TestWordsOfEveryKind(t *testing.T) {
	for _, k := range kinds {
		if one, several := k.Words(); one == "" || one == several {
			t.Errorf("%s is called %q and %q", k, one, several)
		}
	}
}
