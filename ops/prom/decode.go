package prom

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"calm/ops/jsonscan"
)

// endpoint is what the app tells about one of its routes. A number that it does not tell is NaN.
type endpoint struct {
	total         float64 // requests it has counted
	errors        float64 // of them failed
	rate          float64 // errors of total
	p50, p95, p99 float64 // seconds
}

func newEndpoint() *endpoint {
	nan := math.NaN()
	return &endpoint{nan, nan, nan, nan, nan, nan}
}

// scrape is one answer of the metrics URL.
type scrape struct {
	endpoints map[string]*endpoint
	whole     *endpoint // of the other contract, which has no routes
	span      string    // what whole was counted over, in the app's words
}

func (s *scrape) at(name string) *endpoint {
	e := s.endpoints[name]
	if e == nil {
		e = newEndpoint()
		s.endpoints[name] = e
	}
	return e
}

var errShape = errors.New("the answer is neither the app's summary nor Prometheus text")

// decode reads an answer in any of the forms that such an app gives: the summary by endpoint, its
// points, Prometheus text, or the later contract's summary of everything.
func decode(body []byte) (*scrape, error) {
	s := &scrape{endpoints: map[string]*endpoint{}}
	var err error
	switch body = bytes.TrimSpace(body); {
	case len(body) == 0:
		return s, nil // Prometheus text with no sample yet
	case body[0] == '{':
		err = s.object(body)
	case body[0] == '[':
		err = jsonscan.Array(body, s.point)
	case body[0] == '<':
		return nil, errShape
	default:
		err = s.text(body)
	}
	if err != nil {
		return nil, err
	}
	for _, e := range s.endpoints {
		e.complete()
	}
	return s, nil
}

// complete works out the number of requests where only errors and their rate were told. The rate
// is 0 without any request too, so that it tells nothing by itself.
func (e *endpoint) complete() {
	if e.errors > 0 && e.rate > 0 {
		e.total = math.Round(e.errors / e.rate)
	}
}

// object reads {"summary": …} of either contract, or points under a name.
func (s *scrape) object(body []byte) error {
	found := false
	err := jsonscan.Object(body, func(k, v []byte) error {
		switch {
		case string(k) == "summary":
			found = true
			return s.summary(v)
		case string(k) == "metrics" && v[0] == '[':
			found = true
			return jsonscan.Array(v, s.point)
		}
		return nil
	})
	if err == nil && !found {
		return errShape
	}
	return err
}

func (s *scrape) summary(v []byte) error {
	whole := newEndpoint()
	later := false
	err := jsonscan.Object(v, func(k, v []byte) error {
		n, _ := jsonscan.Number(v)
		switch string(k) {
		case "p95LatencyMs":
			later, whole.p95 = true, n/1000
		case "p50LatencyMs":
			later, whole.p50 = true, n/1000
		case "errorRate":
			later, whole.rate = true, n
		case "totalRequests":
			later, whole.total = true, n
		case "timeRange":
			s.span = jsonscan.Text(v)
		default:
			if v[0] == '{' {
				return s.route(jsonscan.Text(quote(k)), v)
			}
		}
		return nil
	})
	if later {
		s.whole = whole
	}
	return err
}

// route reads {"latency":{"count","p50","p95","p99","avg"},"errors":{"count","rate"}}, in
// milliseconds.
func (s *scrape) route(name string, v []byte) error {
	e := s.at(name)
	return jsonscan.Object(v, func(k, v []byte) error {
		switch {
		case v[0] != '{':
			return nil
		case string(k) == "latency":
			return jsonscan.Object(v, func(k, v []byte) error {
				n, _ := jsonscan.Number(v)
				switch string(k) {
				case "count":
					e.total = n
				case "p50":
					e.p50 = n / 1000
				case "p95":
					e.p95 = n / 1000
				case "p99":
					e.p99 = n / 1000
				}
				return nil
			})
		case string(k) == "errors":
			return jsonscan.Object(v, func(k, v []byte) error {
				n, _ := jsonscan.Number(v)
				switch string(k) {
				case "count":
					e.errors = n
				case "rate":
					e.rate = n
				}
				return nil
			})
		}
		return nil
	})
}

// point reads {"name","value","timestamp","labels":{"endpoint"}}.
func (s *scrape) point(v []byte) error {
	var name, route string
	var value float64
	err := jsonscan.Object(v, func(k, v []byte) error {
		switch string(k) {
		case "name":
			name = jsonscan.Text(v)
		case "value":
			value, _ = jsonscan.Number(v)
		case "labels":
			return jsonscan.Object(v, func(k, v []byte) error {
				if string(k) == "endpoint" {
					route = jsonscan.Text(v)
				}
				return nil
			})
		}
		return nil
	})
	s.measure(name, route, value)
	return err
}

// suffixes are how the names of the metrics wanted end; what comes before is the service's own.
var suffixes = []string{"_latency_p50", "_latency_p95", "_latency_p99", "_errors_total", "_error_rate"}

func (s *scrape) measure(name, route string, value float64) {
	if route == "" || !wanted(name) {
		return
	}
	e := s.at(route)
	switch {
	case strings.HasSuffix(name, "_latency_p50"):
		e.p50 = value / 1000
	case strings.HasSuffix(name, "_latency_p95"):
		e.p95 = value / 1000
	case strings.HasSuffix(name, "_latency_p99"):
		e.p99 = value / 1000
	case strings.HasSuffix(name, "_errors_total"):
		e.errors = value
	case strings.HasSuffix(name, "_error_rate"):
		e.rate = value
	}
}

func wanted(name string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// text reads Prometheus text. Only the lines of the metrics wanted are given to the parser, which
// is two thirds of its cost on an ordinary Node app; that also mends what it refuses, a missing end
// of line and CRLF.
func (s *scrape) text(body []byte) error {
	var lines bytes.Buffer
	metrics := 0
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		name := line
		if i := bytes.IndexAny(line, "{ \t"); i >= 0 {
			name = line[:i]
		}
		switch {
		case len(line) == 0 || line[0] == '#':
			continue
		case !model.UTF8Validation.IsValidMetricName(string(name)) || len(name) == len(line):
			return errShape
		}
		metrics++
		if wanted(string(name)) {
			lines.Write(line)
			lines.WriteByte('\n')
		}
	}
	if metrics == 0 && !bytes.HasPrefix(body, []byte("#")) {
		return errShape
	}
	// The zero value of the parser panics.
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&lines)
	if err != nil && !errors.Is(err, io.EOF) {
		return errShape
	}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			route := ""
			for _, l := range m.GetLabel() {
				if l.GetName() == "endpoint" || l.GetName() == "route" || l.GetName() == "path" {
					route = l.GetValue()
				}
			}
			value := m.GetUntyped().GetValue() + m.GetGauge().GetValue() + m.GetCounter().GetValue()
			s.measure(name, route, value)
		}
	}
	return nil
}

func quote(key []byte) []byte {
	return append(append([]byte{'"'}, key...), '"')
}
