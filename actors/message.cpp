#include "actors/message.hpp"

#include <caf/sec.hpp>
#include <caf/type_nr.hpp>

#include <exception>

namespace berth {

namespace {

struct any_type {};

} // namespace

template <class Base>
uint32_t carried<Base>::type_token() const noexcept {
  return caf::make_type_token<any_type>(); // that of every type but caf's own
}

template <class Base>
caf::error carried<Base>::load(size_t, caf::deserializer&) {
  return caf::sec::bad_function_call;
}

template <class Base>
caf::error carried<Base>::save(size_t, caf::serializer&) const {
  return caf::sec::bad_function_call;
}

template <class Base>
std::string carried<Base>::stringify(size_t at) const {
  return this->type(at).second->name();
}

template <class Base>
caf::type_erased_value_ptr carried<Base>::copy(size_t) const {
  std::terminate();
}

template class carried<caf::detail::message_data>;
template class carried<caf::type_erased_tuple>;

} // namespace berth
