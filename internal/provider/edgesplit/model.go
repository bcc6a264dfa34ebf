package edgesplit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// model is the resource as Terraform knows it, in configuration, plan and state.
// Collections stay framework values, because any of them may be unknown.
type model struct {
	decides
	settings
	tells
}

// goal is what the latch holds: how many viewers are to be where.
type goal struct {
	Weight types.Int64 `tfsdk:"weight"`
	Shares types.Map   `tfsdk:"shares"`
}

// String is what is asked for, for people: "25" or "blue=50,green=50".
func (g goal) String() string {
	if !g.Weight.IsNull() || g.Shares.IsNull() {
		return strconv.FormatInt(g.Weight.ValueInt64(), 10)
	}
	var out []string
	for _, side := range slices.Sorted(maps.Keys(g.Shares.Elements())) {
		out = append(out, side+"="+g.Shares.Elements()[side].String())
	}
	return strings.Join(out, ",")
}

// decides is what a recipe depends on.
type decides struct {
	goal
	Name          types.String         `tfsdk:"name"`
	Sides         types.Map            `tfsdk:"sides"`
	Safe          types.String         `tfsdk:"safe"`
	Weights       types.List           `tfsdk:"weights"`
	BakeTime      timetypes.GoDuration `tfsdk:"bake_time"`
	Propagation   timetypes.GoDuration `tfsdk:"propagation_wait"`
	Verify        types.Object         `tfsdk:"verify"`
	Advance       types.String         `tfsdk:"advance"`
	Attach        types.Object         `tfsdk:"attach"`
	Cookie        types.Object         `tfsdk:"cookie"`
	Salt          types.String         `tfsdk:"salt"`
	VariantHeader types.String         `tfsdk:"variant_header"`
	WithoutCookie types.String         `tfsdk:"without_cookie"`
	Override      types.Object         `tfsdk:"override"`
	KillSwitch    types.Bool           `tfsdk:"kill_switch"`
}

type settings struct {
	latched.Settings
	OnDestroy types.String `tfsdk:"on_destroy"`
}

type tells struct {
	latched.Told
	CurrentWeights   types.Map         `tfsdk:"current_weights"`
	Generation       types.Int64       `tfsdk:"generation"`
	FunctionARNs     types.Map         `tfsdk:"function_arns"`
	StoreARN         types.String      `tfsdk:"key_value_store_arn"`
	SteppedAt        timetypes.RFC3339 `tfsdk:"stepped_at"`
	SettledWeights   types.Map         `tfsdk:"settled_weights"`
	SettledFunctions types.Map         `tfsdk:"settled_functions"`
}

type sideModel struct {
	OriginID      types.String              `tfsdk:"origin_id"`
	URIPrefix     types.String              `tfsdk:"uri_prefix"`
	IndexDocument types.String              `tfsdk:"index_document"`
	Marker        *verification.MarkerModel `tfsdk:"marker"`
}

type attachModel struct {
	DistributionID types.String `tfsdk:"distribution_id"`
	Behaviors      types.Set    `tfsdk:"behaviors"`
}

type cookieModel struct {
	Name     types.String `tfsdk:"name"`
	MaxAge   types.Int64  `tfsdk:"max_age"`
	Domain   types.String `tfsdk:"domain"`
	Path     types.String `tfsdk:"path"`
	SameSite types.String `tfsdk:"same_site"`
	Secure   types.Bool   `tfsdk:"secure"`
	HTTPOnly types.Bool   `tfsdk:"http_only"`
}

type overrideModel struct {
	Header   types.String `tfsdk:"header"`
	Cookie   types.String `tfsdk:"cookie"`
	Secret   types.String `tfsdk:"secret"`
	SecretWO types.String `tfsdk:"secret_wo"`
	Version  types.Int64  `tfsdk:"secret_wo_version"`
}

func as[T any](ctx context.Context, o types.Object, d *diag.Diagnostics) *T {
	if o.IsNull() || o.IsUnknown() {
		return nil
	}
	out := new(T)
	d.Append(o.As(ctx, out, basetypes.ObjectAsOptions{})...)
	return out
}

func (m *model) sides(ctx context.Context) (map[string]sideModel, diag.Diagnostics) {
	out := map[string]sideModel{}
	if m.Sides.IsNull() || m.Sides.IsUnknown() {
		return out, nil
	}
	return out, m.Sides.ElementsAs(ctx, &out, false)
}

// or is a text, or what it is by default: validation sees configuration as it is written.
func or(text types.String, preset string) string {
	if text.IsNull() {
		return preset
	}
	return text.ValueString()
}

// usual is the cookie of which nobody says anything.
var usual = edgefunction.Cookie{Name: "cdn-split", MaxAge: cookieAge, Path: "/", SameSite: edgefunction.Lax, Secure: true, HTTPOnly: true}

// cookie is the usual one but for what is written.
func (k *cookieModel) cookie() edgefunction.Cookie {
	out := usual
	if k == nil {
		return out
	}
	out.Name, out.Domain, out.Path = or(k.Name, out.Name), k.Domain.ValueString(), or(k.Path, out.Path)
	out.SameSite = edgefunction.SameSite(or(k.SameSite, string(out.SameSite)))
	if !k.MaxAge.IsNull() {
		out.MaxAge = k.MaxAge.ValueInt64()
	}
	if !k.Secure.IsNull() {
		out.Secure = k.Secure.ValueBool()
	}
	if !k.HTTPOnly.IsNull() {
		out.HTTPOnly = k.HTTPOnly.ValueBool()
	}
	return out
}

// secret is what testers write; "": nobody tests, or only configuration knows.
func (o *overrideModel) secret() string {
	switch {
	case o == nil:
		return ""
	case o.SecretWO.ValueString() != "":
		return o.SecretWO.ValueString()
	}
	return o.Secret.ValueString()
}

// config is what the code of the functions depends on, of a wholly known model. The key by
// which cookies are known comes from the store.
func (m *model) config(ctx context.Context) (edgefunction.Config, diag.Diagnostics) {
	var d diag.Diagnostics
	c := edgefunction.Config{
		Safe: m.Safe.ValueString(), Salt: or(m.Salt, defaultSalt), VariantHeader: or(m.VariantHeader, edgefunction.DefaultVariantHeader),
		WithoutCookie: edgefunction.WithoutCookie(or(m.WithoutCookie, string(edgefunction.AssignNow))),
	}
	sides, dd := m.sides(ctx)
	d.Append(dd...)
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		s := sides[name]
		c.Sides = append(c.Sides, edgefunction.Side{
			Name: name, OriginID: s.OriginID.ValueString(), URIPrefix: s.URIPrefix.ValueString(), IndexDocument: s.IndexDocument.ValueString(),
		})
	}
	c.Cookie = as[cookieModel](ctx, m.Cookie, &d).cookie()
	if o := as[overrideModel](ctx, m.Override, &d); o != nil {
		c.Override = edgefunction.Override{Kind: edgefunction.ByHeader, Name: o.Header.ValueString()}
		if !o.Cookie.IsNull() {
			c.Override = edgefunction.Override{Kind: edgefunction.ByCookie, Name: o.Cookie.ValueString()}
		}
	}
	return c, d
}

// key is the key by which the functions of a store know the cookies that they have set: another
// store is another split, and a new one of the same name has another ARN.
func key(store string) string {
	sum := sha256.Sum256([]byte("cookies of " + store))
	return hex.EncodeToString(sum[:])[:edgefunction.MACKeyLength]
}

// spec turns a model of which everything is known into what the pure packages speak.
func (m *model) spec(ctx context.Context) (split.Spec, diag.Diagnostics) {
	var d diag.Diagnostics
	spec := split.Spec{Asked: split.Asked{
		Name: m.Name.ValueString(), Safe: cutover.Side(m.Safe.ValueString()), Goal: split.Weights{}, Bake: fwtypes.Length(m.BakeTime, latched.Bake),
		Gate: !m.Verify.IsNull(), PerApply: m.Advance.ValueString() == latched.PerApply, Kill: m.KillSwitch.ValueBool(),
	}}
	sides, dd := m.sides(ctx)
	d.Append(dd...)
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		spec.Sides = append(spec.Sides, cutover.Side(name))
		if id := sides[name].OriginID.ValueString(); id != "" {
			if spec.Origins == nil {
				spec.Origins = map[cutover.Side]string{}
			}
			spec.Origins[cutover.Side(name)] = id
		}
	}
	spec.Bare = spec.Origins == nil && sides[m.Safe.ValueString()].URIPrefix.ValueString() == ""
	rest := split.Everything
	for side, n := range m.asked(ctx, spec.Sides, &d) {
		if n > 0 {
			spec.Goal[side] = n
			rest -= n
		}
	}
	if rest > 0 {
		spec.Goal[spec.Safe] = rest
	}
	if !m.Weights.IsNull() {
		d.Append(m.Weights.ElementsAs(ctx, &spec.Ladder, false)...)
	}
	if a := as[attachModel](ctx, m.Attach, &d); a != nil {
		spec.Attach = &split.Place{Distribution: a.DistributionID.ValueString()}
		patterns, dd := fwtypes.Texts(ctx, a.Behaviors)
		d.Append(dd...)
		for _, p := range patterns {
			spec.Attach.Patterns = append(spec.Attach.Patterns, string(behavior.Asked(p)))
		}
		slices.Sort(spec.Attach.Patterns)
	}
	if o := as[overrideModel](ctx, m.Override, &d); o != nil && o.secret() != "" {
		spec.Override = edgefunction.OverrideHash(o.secret())
	}
	return spec, d
}

// asked is what each side but the safe one is to have.
func (m *model) asked(ctx context.Context, sides []cutover.Side, d *diag.Diagnostics) map[cutover.Side]int {
	out := map[cutover.Side]int{}
	if !m.Shares.IsNull() {
		shares, dd := elements[map[cutover.Side]int](ctx, m.Shares)
		d.Append(dd...)
		delete(shares, cutover.Side(m.Safe.ValueString()))
		return shares
	}
	for _, side := range sides {
		if side != cutover.Side(m.Safe.ValueString()) {
			out[side] = int(m.Weight.ValueInt64())
		}
	}
	return out
}

// ask makes the model ask for weights.
func (m *model) ask(ctx context.Context, w split.Weights, was goal) diag.Diagnostics {
	var d diag.Diagnostics
	if m.Shares.IsNull() && was.Shares.IsNull() {
		n := 0
		for side, share := range w {
			if string(side) != m.Safe.ValueString() {
				n += share
			}
		}
		m.Weight = types.Int64Value(int64(n))
		return d
	}
	shares := map[string]int{}
	for side, n := range w {
		if string(side) != m.Safe.ValueString() {
			shares[string(side)] = n
		}
	}
	m.Shares, d = types.MapValueFrom(ctx, types.Int64Type, shares)
	return d
}

// table is what state or configuration has of weights, nil if nothing.
func table(ctx context.Context, from types.Map) (split.Weights, diag.Diagnostics) {
	if from.IsNull() || from.IsUnknown() || len(from.Elements()) == 0 {
		return nil, nil
	}
	return elements[split.Weights](ctx, from)
}

// elements reads a map whose keys have a type of their own, which the framework cannot.
func elements[M ~map[K]V, K ~string, V any](ctx context.Context, from types.Map) (M, diag.Diagnostics) {
	plain := map[string]V{}
	d := from.ElementsAs(ctx, &plain, false)
	out := M{}
	for k, v := range plain {
		out[K(k)] = v
	}
	return out, d
}

func written(ctx context.Context, w split.Weights) (types.Map, diag.Diagnostics) {
	if w == nil {
		return types.MapNull(types.Int64Type), nil
	}
	plain := map[string]int{}
	for side, n := range w {
		plain[string(side)] = n
	}
	return types.MapValueFrom(ctx, types.Int64Type, plain)
}

func functions(ctx context.Context, from types.Map) (map[split.Role]string, diag.Diagnostics) {
	if from.IsNull() || from.IsUnknown() || len(from.Elements()) == 0 {
		return nil, nil
	}
	return elements[map[split.Role]string](ctx, from)
}

// names are the functions that a store's split has, by event.
func names(spec split.Spec, c edgefunction.Config, store string) (code map[split.Role][]byte, name map[split.Role]string, err error) {
	c.MACKey = key(store)
	request, response, err := edgefunction.Generate(c)
	if err != nil {
		return nil, nil, err
	}
	code = map[split.Role][]byte{split.Request: request, split.Response: response}
	name = map[split.Role]string{}
	for role, text := range code {
		name[role] = edgefunction.FunctionName(spec.Name, edgefunction.Event(role), text)
	}
	return code, name, nil
}

// arns are those of the functions that a store's split has: the ARN of a function says nothing that
// its name and its account do not.
func arns(store string, name map[split.Role]string) map[split.Role]string {
	account, _, _ := strings.Cut(store, ":key-value-store/")
	out := map[split.Role]string{}
	for role, n := range name {
		out[role] = account + ":function/" + n
	}
	return out
}

// fill records what AWS showed, the weights asked for apart.
func (m *model) fill(ctx context.Context, spec split.Spec, obs split.Observation) diag.Diagnostics {
	var d, dd diag.Diagnostics
	m.ID = types.StringValue(spec.Name)
	m.StoreARN = fwtypes.OrNull(obs.Store)
	current := split.Weights{}
	if m.Generation = types.Int64Null(); obs.Table.Generation > 0 {
		current, m.Generation = obs.Weights(spec), types.Int64Value(obs.Table.Generation)
	}
	m.CurrentWeights, d = written(ctx, current)
	have := map[string]string{}
	for role, f := range obs.Functions {
		if f.Exists && f.Published {
			have[string(role)] = f.ARN
		}
	}
	for role, arn := range obs.Runs() { // also where those are not the ones that were made last
		have[string(role)] = arn
	}
	m.FunctionARNs, dd = types.MapValueFrom(ctx, types.StringType, have)
	return append(d, dd...)
}

// settled is what state knows to have been in order.
func (m *model) settled(ctx context.Context) (split.Weights, map[split.Role]string, diag.Diagnostics) {
	w, d := table(ctx, m.SettledWeights)
	f, dd := functions(ctx, m.SettledFunctions)
	return w, f, append(d, dd...)
}

// since is when the last step had arrived, zero if nobody knows.
func (m *model) since() (at time.Time, d diag.Diagnostics) {
	if m.SteppedAt.IsNull() || m.SteppedAt.IsUnknown() {
		return at, nil
	}
	return m.SteppedAt.ValueRFC3339Time()
}
