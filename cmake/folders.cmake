# berth_library(FOLDER): every .cpp of a top-level folder as berth_FOLDER.
function(berth_library folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  add_library(berth_${folder} STATIC ${sources})
  set_target_properties(berth_${folder} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(berth_${folder} PRIVATE berth_flags PUBLIC Threads::Threads)
  target_include_directories(berth_${folder} PUBLIC ${CMAKE_SOURCE_DIR})
  berth_unity(berth_${folder})
endfunction()

# berth_precompile(TARGET HEADERS...): headers that most sources of a target
# read. Every source still names what it uses: `./dev lint` builds without.
option(BERTH_PRECOMPILE "precompile the headers of big libraries" ON)
function(berth_precompile target)
  if(BERTH_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    berth_sum_headers(${target})
  endif()
endfunction()

# berth_sum_headers(TARGET): a precompiled header names its checkout; beside it,
# for ccache to look at in its place, lies a sum of what it was made from.
function(berth_sum_headers target)
  get_target_property(dir ${target} BINARY_DIR)
  set(header ${dir}/CMakeFiles/${target}.dir/cmake_pch.hxx)
  add_custom_command(OUTPUT ${header}.gch.sum DEPFILE ${header}.sum.d
    COMMAND ${CMAKE_SOURCE_DIR}/cmake/header_sum.sh ${header}.gch.sum ${header}.sum.d
      ${CMAKE_CXX_COMPILER} -std=c++20 -D_GNU_SOURCE -I${CMAKE_BINARY_DIR}/proto ${header}
    DEPENDS berth_wire ${CMAKE_SOURCE_DIR}/cmake/header_sum.sh VERBATIM)
  add_custom_target(${target}_header_sum DEPENDS ${header}.gch.sum)
  add_dependencies(${target} ${target}_header_sum)
endfunction()

# berth_precompile_as(TARGET OTHER): the headers that another one compiled, and
# optimized as that: g++ crashes if the two differ.
function(berth_precompile_as target other)
  get_target_property(light ${other} BERTH_LIGHT)
  if(light)
    berth_light(${target})
  endif()
  if(BERTH_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${other})
  endif()
endfunction()

# berth_light(TARGET): code that is seldom what one waits for: the libraries
# which it calls are. Optimizing is half of the time of a build.
function(berth_light target)
  set_target_properties(${target} PROPERTIES BERTH_LIGHT ON)
  if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()

# berth_unity(TARGET): compiles the sources of a folder a few at a
# time, so that what they all instantiate is made once a few. Hence names in
# unnamed namespaces are unique in a folder. Off, every source stands alone and
# a change of one compiles one.
option(BERTH_UNITY "compile a few sources of a folder at a time" OFF)
function(berth_unity target)
  if(NOT BERTH_UNITY)
    return()
  endif()
  set(batch 12)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # g++ takes each source of a batch for a header, and minds a type of its
  # unnamed namespace in a class that a header declares.
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE folder)
    cmake_path(GET folder PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER ${folder} folder)
    list(APPEND folders ${folder})
    list(APPEND in_${folder} ${source})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder ${folders})
    list(LENGTH in_${folder} count)
    math(EXPR groups "(${count} + ${batch} - 1) / ${batch}")
    set(at 0)
    foreach(source ${in_${folder}})
      math(EXPR group "${at} * ${groups} / ${count}")
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
      math(EXPR at "${at} + 1")
    endforeach()
  endforeach()
endfunction()

# berth_part(NAME PATTERN LIBRARIES...): sources of a program that its tests
# link too, as library NAME, compiled once.
function(berth_part name pattern)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/app/${pattern})
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PRIVATE berth_flags PUBLIC ${ARGN})
  target_compile_definitions(${name} PUBLIC BERTH_VERSION="${PROJECT_VERSION}")
  berth_unity(${name})
endfunction()

# berth_program(NAME LIBRARIES...): app/NAME/*.cpp as bin/NAME, less what a part
# of it holds.
function(berth_program name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/app/${name}/*.cpp)
  foreach(library ${ARGN})
    if(TARGET ${library})
      get_target_property(held ${library} SOURCES)
      list(REMOVE_ITEM sources ${held})
    endif()
  endforeach()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE berth_flags ${ARGN})
  target_compile_definitions(${name} PRIVATE BERTH_VERSION="${PROJECT_VERSION}")
  berth_unity(${name})
endfunction()

# berth_report(TARGET DEFINITIONS...): what its sanitizers look for, if it has
# any, stands in cmake/sanitizers.cpp.
function(berth_report target)
  set(options ${CMAKE_SOURCE_DIR}/cmake/sanitizers.cpp)
  if(BERTH_SANITIZE)
    target_sources(${target} PRIVATE ${options})
    set_source_files_properties(${options} PROPERTIES
      SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
    target_compile_definitions(${target} PRIVATE ${ARGN}
      BERTH_UBSAN_SUPPRESSIONS="${CMAKE_SOURCE_DIR}/cmake/ubsan.supp")
  endif()
endfunction()

# Static, without sanitizers (they need a dynamic loader).
function(berth_static_program name)
  target_compile_options(${name} PRIVATE -fno-pie -fno-sanitize=all)
  target_link_options(${name} PRIVATE -static -no-pie -fno-sanitize=all)
endfunction()

# berth_protos(FOLDER): protobuf and gRPC code of every .proto below it, as
# berth_proto. Includes read as in the .proto files: "ws-manager-api/core.pb.h".
function(berth_protos folder)
  set(root ${CMAKE_SOURCE_DIR}/${folder})
  set(out ${CMAKE_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${out})
  file(GLOB_RECURSE protos CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*.proto)
  foreach(proto ${protos})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(generated ${out}/${stem}.pb.cc ${out}/${stem}.grpc.pb.cc)
    add_custom_command(OUTPUT ${generated}
      ${out}/${stem}.pb.h ${out}/${stem}.grpc.pb.h
      COMMAND protobuf::protoc -I ${root} --cpp_out=${out} --grpc_out=${out}
        --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${proto}
      DEPENDS ${root}/${proto} VERBATIM)
    list(APPEND sources ${generated})
    list(APPEND headers ${out}/${stem}.pb.h ${out}/${stem}.grpc.pb.h)
  endforeach()
  add_custom_target(berth_wire DEPENDS ${headers})
  add_library(berth_proto STATIC ${sources})
  target_include_directories(berth_proto SYSTEM PUBLIC ${out})
  berth_light(berth_proto)
  target_compile_options(berth_proto PRIVATE -g0)
  # Those of gRPC read far more than they say; the others cannot share a file.
  if(BERTH_UNITY)
    list(FILTER sources INCLUDE REGEX "\\.grpc\\.pb\\.cc$")
    set_source_files_properties(${sources} PROPERTIES UNITY_GROUP grpc)
    set_target_properties(berth_proto PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  endif()
  target_link_libraries(berth_proto PUBLIC protobuf::libprotobuf gRPC::grpc++)
endfunction()

# berth_slow_tests(FOLDER VARIABLE=VALUE): the program of test/FOLDER once more,
# in its long form. `./dev test -L slow` runs these, and `./dev test` does not.
function(berth_slow_tests folder variable)
  add_test(NAME ${folder}_slow CONFIGURATIONS slow COMMAND test_${folder} --log_level=message
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${folder}_slow PROPERTIES LABELS slow TIMEOUT 3600 RUN_SERIAL ON
    FIXTURES_REQUIRED machine ENVIRONMENT "BERTH_BIN=${CMAKE_BINARY_DIR}/bin;${variable}")
endfunction()

# berth_tests(FOLDER LABEL LIBRARIES...): test/FOLDER/*.cpp as one Boost.Test
# program and one ctest of that label.
function(berth_tests folder label)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${folder} ${sources} ${CMAKE_CURRENT_SOURCE_DIR}/support/main.cpp)
  target_link_libraries(test_${folder} PRIVATE berth_flags berth_test_support ${ARGN})
  berth_precompile_as(test_${folder} berth_test_support)
  # Compiled far oftener than run for long.
  target_compile_options(test_${folder} PRIVATE ${berth_test_options})
  berth_report(test_${folder})
  berth_unity(test_${folder})
  # From where the compiler was called, so that __FILE__ leads to the sources.
  add_test(NAME ${folder} COMMAND test_${folder} --log_level=message
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${folder} PROPERTIES LABELS ${label} TIMEOUT ${berth_test_timeout}
    FIXTURES_REQUIRED machine ENVIRONMENT "BERTH_BIN=${CMAKE_BINARY_DIR}/bin")
  # Others share what there is one of on a machine.
  if(label MATCHES "^(root|e2e)$" AND NOT folder MATCHES "^(worker|registry)$")
    set_tests_properties(${folder} PROPERTIES RUN_SERIAL ON)
  endif()
  # Some look for the programs beside themselves, all of the real ones.
  add_dependencies(test_${folder} berth-ns berth-init berth-worker berthd)
endfunction()
