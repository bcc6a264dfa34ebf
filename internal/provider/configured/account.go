package configured

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// An Account is one of `accounts` of the provider block.
type Account struct {
	// Open makes the clients. It calls nobody.
	Open func() *Provider
	// Who asks AWS which account that is, and refuses one that the provider may not work in.
	Who func(ctx context.Context) (id string, err error)
}

// accounts are those of a provider block, by name, each opened when it is first needed.
type accounts struct {
	known map[string]*account
	own   func(ctx context.Context) (id string, err error) // the provider's own
	mu    sync.Mutex                                       // held by whoever asks who somebody is
	names map[string]string                                // by id; "" for the provider's own

	located map[string]*Provider // by distribution
}

type account struct {
	Account
	opened *Provider
}

// Accounts hands over the accounts of the provider block. own asks which account the
// provider's own is.
func (p *Provider) Accounts(own func(ctx context.Context) (id string, err error), known map[string]Account) {
	p.accounts = accounts{known: map[string]*account{}, own: own, names: map[string]string{}}
	for name, a := range known {
		p.accounts.known[name] = &account{Account: a}
	}
}

// Named lists the names of the accounts that there are.
func (p *Provider) Named() []string { return slices.Sorted(maps.Keys(p.Own().accounts.known)) }

// Has says whether there is an account of that name. The provider's own has the name "".
func (p *Provider) Has(name string) bool {
	_, ok := p.Own().accounts.known[name]
	return ok || name == ""
}

// NoAccount is the error of a name that no account has.
type NoAccount struct {
	Name  string
	Known []string
}

// Error implements error.
func (e *NoAccount) Error() string { return fmt.Sprintf("there is no account %q", e.Name) }

// SameAccount is the error of an account that is known by another name already.
type SameAccount struct {
	Name, Other string // Other may be "", the provider's own
	ID          string
}

// Error implements error.
func (e *SameAccount) Error() string {
	if e.Other == "" {
		return fmt.Sprintf("the account %s is %s, the provider's own", e.Name, e.ID)
	}
	return fmt.Sprintf("the accounts %s and %s are both %s", e.Name, e.Other, e.ID)
}

// Unasked is the error of an account of which nobody could find out which one it is.
type Unasked struct {
	Name string // "" for the provider's own
	Err  error
}

// Error implements error.
func (e *Unasked) Error() string { return e.Err.Error() }

// Unwrap implements the interface of errors.Is.
func (e *Unasked) Unwrap() error { return e.Err }

// Forbidden is the error of an account in which the provider may not work.
type Forbidden struct {
	Name, ID string
	Setting  string // of the provider, which says so
}

// Error implements error.
func (e *Forbidden) Error() string {
	return fmt.Sprintf("the account %s is %s, in which `%s` lets nobody work", e.Name, e.ID, e.Setting)
}

// In is the provider as it works in an account: with clients, queues, shared looks and
// back-off of its own. "" is the provider's own account. What first needs an account has AWS
// asked which one it is. Errors: NoAccount, SameAccount, Unasked, Forbidden.
func (p *Provider) In(ctx context.Context, name string) (*Provider, error) {
	p = p.Own()
	if name == "" {
		return p, nil
	}
	a, ok := p.accounts.known[name]
	if !ok {
		return nil, &NoAccount{Name: name, Known: p.Named()}
	}
	p.accounts.mu.Lock() // one at a time: each has to be told from those before
	defer p.accounts.mu.Unlock()
	if a.opened != nil {
		return a.opened, nil
	}
	if len(p.accounts.names) == 0 {
		id, err := p.accounts.own(ctx)
		if err != nil {
			return nil, &Unasked{Err: err}
		}
		p.accounts.names[id] = ""
	}
	id, err := a.Who(ctx)
	if err != nil {
		return nil, err
	}
	if other, taken := p.accounts.names[id]; taken && other != name {
		return nil, &SameAccount{Name: name, Other: other, ID: id}
	}
	in := a.Open()
	in.CloudFront.Join(p.CloudFront) // a name that moves changes a distribution of each
	in.Account, in.own = name, p
	in.Sampler, in.Clock, in.Poll, in.Alone, in.Walk, in.Log = p.Sampler, p.Clock, p.Poll, p.Alone, p.Walk, p.Log
	a.opened, p.accounts.names[id] = in, name
	return in, nil
}

// AccountAttribute is the attribute account of a resource; what is its subject: "the zone is".
func AccountAttribute(what string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: "Name of the account, of `accounts` in the provider block, that " + what + " in. Omitted: the provider's own."}
}

// AccountOfData is the same attribute of a data source.
func AccountOfData(what string) dataschema.StringAttribute {
	return dataschema.StringAttribute{Optional: true, MarkdownDescription: AccountAttribute(what).MarkdownDescription}
}

// AccountOfAction is the same attribute of an action.
func AccountOfAction(what string) actionschema.StringAttribute {
	return actionschema.StringAttribute{Optional: true, MarkdownDescription: AccountAttribute(what).MarkdownDescription}
}

// attrAccount is what the attribute is called.
const attrAccount = "account"

// enter has p work in the account that a configuration names in its attribute account, where
// it has one. It says whether it could.
func enter(ctx context.Context, p **Provider, config tfsdk.Config, d *diag.Diagnostics) bool {
	if _, ok := config.Schema.GetAttributes()[attrAccount]; !ok {
		return true
	}
	var name types.String
	if dd := config.GetAttribute(ctx, path.Root(attrAccount), &name); dd.HasError() || name.IsNull() {
		d.Append(dd...)
		return !dd.HasError()
	}
	in, err := (*p).In(ctx, name.ValueString())
	if err != nil {
		d.Append(AccountProblem(path.Root(attrAccount), name.ValueString(), err))
		return false
	}
	*p = in
	return true
}

// Closed is the error of a look that In gave no provider for, with the attribute that asked.
type Closed struct {
	At   path.Path
	Name string
	Err  error
}

// Error implements error.
func (e *Closed) Error() string { return e.Err.Error() }

// Unwrap implements the interface of errors.Is.
func (e *Closed) Unwrap() error { return e.Err }

// Told words it.
func (e *Closed) Told() diag.Diagnostic { return AccountProblem(e.At, e.Name, e.Err) }

// AccountProblem words why In gave no provider, at the attribute that names the account.
func AccountProblem(at path.Path, name string, err error) diag.Diagnostic {
	say := diags.AccountError{At: at, Name: name, Err: err}
	var unasked *Unasked
	var missing *NoAccount
	var same *SameAccount
	var forbidden *Forbidden
	switch {
	case errors.As(err, &missing):
		say.Unknown, say.Known = true, missing.Known
	case errors.As(err, &same):
		say.Same, say.Other, say.ID = true, same.Other, same.ID
	case errors.As(err, &forbidden):
		say.Forbids, say.ID = forbidden.Setting, forbidden.ID
	case errors.As(err, &unasked):
		say.Name, say.Err = unasked.Name, unasked.Err
	}
	return diags.Account(say)
}
