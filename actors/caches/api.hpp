#pragma once

#include "core/cache_directory.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

/// What hands tell of the directories of caches.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::cached_tree)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::cached_trees)
