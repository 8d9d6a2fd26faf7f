#pragma once

#include "actors/message.hpp"
#include "core/images/reference.hpp"
#include "model/build.hpp"

#include <caf/typed_actor.hpp>

#include <filesystem>
#include <functional>
#include <optional>

/// What the resolver asks of the disk. Inside the family only.
namespace berth {

/// What a file of credentials holds for `image`.
struct read_login {
  std::filesystem::path file;
  image_reference image;
};

struct installation_login {
  std::optional<registry_login> login;
};

/// One file on a thread of its own, then it quits. `failed_precondition` if it
/// cannot be read.
using login_file_actor
  = caf::typed_actor<caf::replies_to<read_login>::with<installation_login>>;

using login_file_hands = std::function<login_file_actor()>;

} // namespace berth

BERTH_MESSAGE(berth::read_login)
BERTH_MESSAGE(berth::installation_login)
