package main

import (
	"context"

	"calm/model/action"
	"calm/ops/approve"
	"calm/ui/cli"
)

// approvals are the plans that wait on this host for somebody else.
type approvals struct{}

func (approvals) Waiting() ([]string, error) { return approve.Waiting() }

func (approvals) Visit(ctx context.Context, hash string) (cli.Visit, error) {
	v, err := approve.Call(ctx, hash)
	if err != nil {
		return nil, err
	}
	return visit{v}, nil
}

// visit is a look at one of them.
type visit struct{ *approve.Visit }

func (v visit) Ask() action.Ask   { return v.Visit.Ask }
func (v visit) Plan() action.Plan { return v.Visit.Plan }
func (v visit) Needs() string     { return v.Visit.Needs }

func (v visit) Answer(yes bool, signature string) (string, error) {
	return v.Visit.Answer(approve.Answer{Yes: yes, Signature: signature})
}
