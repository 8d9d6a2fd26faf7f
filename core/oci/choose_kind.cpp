#include "core/oci/choose_kind.hpp"

namespace berth {

result<container_kind> choose_kind(const workspace_class& limits,
                                   const image_config& image) {
  if (limits.container)
    return *limits.container;
  if (image.container.empty())
    return container_kind::own;
  if (auto kind = container_kind_from_string(image.container))
    return *kind;
  return make_error(ec::invalid_argument,
                    "the image's label berth.container is neither own nor "
                    "compatible");
}

} // namespace berth
