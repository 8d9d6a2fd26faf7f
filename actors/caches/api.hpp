#pragma once

#include "actors/message.hpp"
#include "core/cache_directory.hpp"

/// What hands tell of the directories of caches.
BERTH_MESSAGE(berth::cached_tree)
BERTH_MESSAGE(berth::cached_trees)
