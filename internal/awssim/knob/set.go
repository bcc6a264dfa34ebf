package knob

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// UnmarshalJSON merges: a knob that raw does not name keeps its setting, a name
// that no knob has is an error, and a duration may be written as "30s" besides as
// nanoseconds. After an error nothing has changed.
func (k *Knobs) UnmarshalJSON(raw []byte) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return err
	}
	out := *k
	fields := out.fields()
	for name, value := range given {
		field, ok := fields[name]
		if !ok {
			return fmt.Errorf("no knob is called %q; there are %s", name, strings.Join(Names(), ", "))
		}
		var text string
		if field.Type() == durationType && json.Unmarshal(value, &text) == nil {
			d, err := time.ParseDuration(text)
			if err != nil {
				return fmt.Errorf("knob %s: %w", name, err)
			}
			field.SetInt(int64(d))
			continue
		}
		if err := json.Unmarshal(value, field.Addr().Interface()); err != nil {
			return fmt.Errorf("knob %s: %w", name, err)
		}
	}
	*k = out
	return nil
}

// Set turns one knob, given as text: on a command line there are no types.
func (k *Knobs) Set(name, value string) error {
	field, ok := k.fields()[name]
	if !ok {
		return fmt.Errorf("no knob is called %q; there are %s", name, strings.Join(Names(), ", "))
	}
	text := value
	if field.Kind() == reflect.String || field.Type() == durationType {
		quoted, err := json.Marshal(value)
		if err != nil {
			return err
		}
		text = string(quoted)
	}
	return k.UnmarshalJSON(fmt.Appendf(nil, "{%q:%s}", name, text))
}

// Names lists every knob by its name in JSON, sorted.
func Names() []string {
	var k Knobs
	var out []string
	for name := range k.fields() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

var durationType = reflect.TypeFor[time.Duration]()

// fields are the settings of k by their names in JSON, addressable.
func (k *Knobs) fields() map[string]reflect.Value {
	v := reflect.ValueOf(k).Elem()
	out := map[string]reflect.Value{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		out[name] = v.Field(i)
	}
	return out
}
