#pragma once

#include "actors/content/disk.hpp"

/// The directory that is a content: how it comes to be, and what it holds.
namespace berth {

result<done> make_root(const make_content_root&);
result<done> fill_root(const fill_empty&);
result<done> make_root_of(const take_place&);
result<content_measured> weigh_root(const weigh_content&);

} // namespace berth
