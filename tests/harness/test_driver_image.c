/* test_driver_image.c - loading drivers: what is read from them, and that their variables are restored. */
#include "support.h"

#include <image.h>
#include <remlock/routines.h>
#include <wdm.h>

static struct subject_image *open_image(const char *path)
{
    char problem[512] = "";
    struct subject_image *image = subject_image_open(path, problem, sizeof problem);
    if (image == NULL) {
        fail_msg("%s", problem);
    }
    return image;
}

static void refuse(const char *path, const char *wanted)
{
    char problem[512] = "";
    assert_null(subject_image_open(path, problem, sizeof problem));
    if (strstr(problem, wanted) == NULL || strstr(problem, path) == NULL) {
        fail_msg("'%s' should name %s and say: %s", problem, path, wanted);
    }
}

/* What a call of DriverEntry found in its variables. `stride` is the distance between the bytes of the large ones it touches.
 */
static int32_t call(const struct subject_image *image, uint32_t stride)
{
    DRIVER_OBJECT driver = {.Flags = stride};
    assert_int_equal(((PDRIVER_INITIALIZE)(uintptr_t)subject_image_entry(image))(&driver, NULL), 0x222000);
    return driver.Size;
}

static void the_driver_describes_itself(void **state)
{
    (void)state;
    const uint32_t *codes;
    const struct subject_image *image = open_image(SMALL_DRIVER);
    assert_string_equal(subject_image_name(image), "small");
    assert_non_null(strstr(subject_image_about(image), "variables.c - counts its calls in variables of every kind\n"));
    assert_non_null(strstr(subject_image_about(image), "\nEach call of DriverEntry counts"));
    assert_int_equal(subject_image_codes(image, &codes), 1);
    assert_int_equal(codes[0], 0x222000);
}

static void a_file_is_loaded_once(void **state)
{
    (void)state;
    const struct subject_image *image = open_image(SMALL_DRIVER);
    assert_ptr_equal(open_image(SMALL_DRIVER), image);
    assert_ptr_equal(open_image(DRIVERS_FOLDER "/../drivers/small.so"), image);
    assert_ptr_not_equal(open_image(SMALL_DRIVER), open_image(LARGE_DRIVER));
}

static void variables_are_restored(void **state)
{
    (void)state;
    struct subject_image *image = open_image(SMALL_DRIVER);
    for (int32_t round = 0; round < 3; round++) {
        subject_image_restore(image);
        assert_int_equal(call(image, 1), 41); /* 1, and 40 from its constructor */
        assert_int_equal(call(image, 1), 44);
    }
    assert_int_equal(call(image, 1), 47); /* not unless it is asked for */
}

static void many_variables_are_restored_too(void **state)
{
    (void)state;
    struct subject_image *image = open_image(LARGE_DRIVER);
    for (uint32_t stride = 1; stride < 1 << 20; stride *= 7) {
        subject_image_restore(image);
        int32_t first = call(image, stride);
        int32_t second = call(image, stride);
        subject_image_restore(image);
        assert_int_equal(call(image, stride), first);
        assert_true(second != first);
    }
}

static void the_image_is_where_its_code_is(void **state)
{
    (void)state;
    const struct subject_image *image = open_image(SMALL_DRIVER);
    uintptr_t entry = (uintptr_t)subject_image_entry(image), base = (uintptr_t)subject_image_base(image);
    assert_true(entry - base < subject_image_size(image));
    assert_true(subject_image_has_code(image, entry));
    assert_false(subject_image_has_code(image, base));
    assert_false(subject_image_has_code(image, base + subject_image_size(image)));
    assert_false(subject_image_has_code(image, (uintptr_t)call));
}

static void what_is_no_driver_is_refused(void **state)
{
    (void)state;
    refuse("/nowhere/driver.so", "No such file or directory");
    refuse(DRIVERS_FOLDER, "cannot be loaded");
    refuse(PLAIN_OBJECT, "has neither DriverEntry nor main; 'remlock build' makes subjects of C files");
    refuse(OLD_DRIVER, "was built by remlock 0.0.7");
    refuse(LACKING_DRIVER, "calls KeNobodyHasThis, which this remlock does not have");
}

static const struct kernel_routine *find_routine(const char *name)
{
    const struct kernel_routine *routine = kernel_routines;
    while (routine->name != NULL && strcmp(routine->name, name) != 0) {
        routine++;
    }
    return routine;
}

static void the_table_lists_what_drivers_may_call(void **state)
{
    (void)state;
    assert_ptr_equal(find_routine("KeSetEvent")->address, (const void *)KeSetEvent);
    assert_ptr_equal(find_routine("IoReleaseRemoveLockEx")->address, (const void *)IoReleaseRemoveLockEx);
    assert_non_null(find_routine("__tsan_write4")->name);
    assert_null(find_routine("scheduler_run")->name);
    assert_null(find_routine("core_reset")->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_driver_describes_itself),
        cmocka_unit_test(a_file_is_loaded_once),
        cmocka_unit_test(variables_are_restored),
        cmocka_unit_test(many_variables_are_restored_too),
        cmocka_unit_test(the_image_is_where_its_code_is),
        cmocka_unit_test(what_is_no_driver_is_refused),
        cmocka_unit_test(the_table_lists_what_drivers_may_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
