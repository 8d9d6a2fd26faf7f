#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <string>

namespace berth::v1 {
class Config;
}

namespace berth {

class config_marks;

/// Checks a configuration that has every default filled in, and says it in
/// the house's own types. What depends on the machine or on another field is
/// worked out here. `invalid_argument`, pointing at the first bad field.
result<settings> make_settings(const v1::Config&, const config_marks&);

} // namespace berth
