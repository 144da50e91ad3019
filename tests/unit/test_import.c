/* Importers of image files, on small trees made here: folders, Tiny ImageNet, CelebA. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_case.h"

/* --- folder ------------------------------------------------------------------------------------------------------- */

static void folder_error(const char *path, ggcn_status expected, const char *name, const char *words) {
    assert_import_error(ggcn_import_folder, path, NULL, expected, name, words);
}

START_TEST(folder_nested_in_byte_order) {
    /* '-' comes before '/', which comes before '0': "a-b", "a/", "a0". */
    write_image("set/a/z.png", 1);
    write_image("set/a/b/x.JPG", 2); /* told by its content, whatever its name says */
    write_image("set/a-b/y.png", 3);
    write_image("set/a0/2.png", 4);
    write_image("set/a0/10.png", 5);
    write_image("set/B/no extension", 6);
    write_image("set/B/v1.2", 7);
    make_folder("set/c/empty");
    char root[300];
    snprintf(root, sizeof root, "%s//", path_of("set"));
    ggcn_image_source *source = open_source(ggcn_import_folder, root, NULL);
    static const char *const classes[] = {"B", "a", "a-b", "a/b", "a0"};
    ck_assert_uint_eq(source->n_classes, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(source->classes[i], classes[i]);
    ck_assert_int_eq(source->count, 7);
    ck_assert_int_eq(source->held_out, 0);
    ck_assert_int_eq(source->shape.channels, 3);
    ck_assert_int_eq(source->shape.height, 0);
    ck_assert_int_eq(source->shape.width, 0);
    ck_assert_ptr_null(source->note);
    ck_assert_ptr_nonnull(strstr(source->description, root));
    assert_image(source, 0, "B/no extension", 0, 6);
    assert_image(source, 1, "B/v1.2", 0, 7);
    assert_image(source, 2, "a-b/y.png", 2, 3);
    assert_image(source, 3, "a/b/x.JPG", 3, 2);
    assert_image(source, 4, "a/z.png", 1, 1);
    assert_image(source, 5, "a0/10.png", 4, 5);
    assert_image(source, 6, "a0/2.png", 4, 4);
    assert_any_order(source);
    ggcn_image_source_close(&source);
    ck_assert_ptr_null(source);
}
END_TEST

START_TEST(folder_of_one_class) {
    write_image("faces/b.png", 2);
    write_image("faces/a.png", 1);
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("faces/"), NULL);
    ck_assert_uint_eq(source->n_classes, 1);
    ck_assert_str_eq(source->classes[0], "faces");
    assert_image(source, 0, "a.png", 0, 1);
    assert_image(source, 1, "b.png", 0, 2);
    ggcn_image_source_close(&source);
    /* The class is named as the folder, also when it is the current one. */
    ck_assert_int_eq(chdir(path_of("faces")), 0);
    source = open_source(ggcn_import_folder, ".", NULL);
    ck_assert_str_eq(source->classes[0], "faces");
    assert_image(source, 1, "b.png", 0, 2);
    ggcn_image_source_close(&source);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(folder_images_beside_folders) {
    write_image("set/1.png", 1);
    write_image("set/sub/2.png", 2);
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_uint_eq(source->n_classes, 2);
    ck_assert_str_eq(source->classes[0], "set");
    ck_assert_str_eq(source->classes[1], "sub");
    assert_image(source, 0, "1.png", 0, 1);
    assert_image(source, 1, "sub/2.png", 1, 2);
    ggcn_image_source_close(&source);
    /* Two classes with one name. */
    write_image("set/set/3.png", 3);
    folder_error(path_of("set"), GGCN_ERROR_FORMAT, "classes 0 and 1", "the same name \"set\"");
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->hint, "another name"));
}
END_TEST

START_TEST(folder_links) {
    write_image("elsewhere/x.png", 1);
    write_image("set/a/y.png", 2);
    ck_assert_int_eq(symlink("../elsewhere", path_of("set/b")), 0);
    ck_assert_int_eq(symlink("y.png", path_of("set/a/z")), 0);
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_int_eq(source->count, 3);
    assert_image(source, 0, "a/y.png", 0, 2);
    assert_image(source, 1, "a/z", 0, 2);
    assert_image(source, 2, "b/x.png", 1, 1);
    ggcn_image_source_close(&source);
    ck_assert_int_eq(symlink("../../set", path_of("set/a/loop")), 0);
    folder_error(path_of("set"), GGCN_ERROR_FORMAT, "set/a/loop", "leads back");
    ck_assert_int_eq(unlink(path_of("set/a/loop")), 0);
    /* A link that leads nowhere, or around in a circle, is an image that cannot be read. */
    ck_assert_int_eq(symlink("gone.png", path_of("set/a/aa.png")), 0);
    ck_assert_int_eq(symlink("ab", path_of("set/a/ab")), 0);
    source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_int_eq(source->count, 5);
    ggcn_picture picture = {0};
    uint32_t label;
    assert_error(source->read(source, 0, &picture, &label), GGCN_ERROR_IO, "set/a/aa.png", "No such file");
    assert_error(source->read(source, 1, &picture, &label), GGCN_ERROR_IO, "set/a/ab", "symbolic links");
    assert_image(source, 2, "a/y.png", 0, 2);
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(folder_too_deep) {
    char below[128] = "set";
    for (int i = 0; i < 31; i++)
        strcat(below, "/d");
    write_image(strcat(below, "/x.png"), 1); /* in the 32nd folder */
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_int_eq(source->count, 1);
    ggcn_image_source_close(&source);
    strcpy(strrchr(below, '/'), "/d");
    make_folder(below);
    folder_error(path_of("set"), GGCN_ERROR_FORMAT, path_of(below), "more than 32 folders");
}
END_TEST

START_TEST(folder_files_left_aside) {
    write_image("set/a/x.png", 1);
    write_text("set/a/notes.txt", "about these images");
    write_text("set/a/empty", "");
    write_text("set/readme", "x");
    write_image("set/.hidden.png", 2);
    write_image("set/.cache/y.png", 3);
    ck_assert_int_eq(mkfifo(path_of("set/a/pipe.png"), 0600), 0); /* opening it would wait forever */
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_int_eq(source->count, 1);
    assert_image(source, 0, "a/x.png", 0, 1);
    ck_assert_str_eq(source->note, "files left aside that are no images: 4, the first is a/empty; "
                                   "hidden files and folders left aside: 2");
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(folder_bad_images_fail_when_read) {
    write_image("set/a.png", 1);
    write_text("set/b.jpg", "no image");
    write_text("set/c.WebP", "");
    write_text("set/d.jpe", "\xff\xd8\xff\xe0 cut off");
    write_image("set/e.png", 2);
    static const char *const names[] = {"b.jpg", "c.WebP", "d.jpe"};
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_int_eq(source->count, 5);
    ggcn_picture picture = {0};
    uint32_t label = 9;
    for (int i = 0; i < 3; i++) {
        assert_error(source->read(source, 1 + i, &picture, &label), GGCN_ERROR_FORMAT, path_of("set"), names[i]);
        assert_success(source->read(source, 1 + i, NULL, &label));
        ck_assert_uint_eq(label, 0);
    }
    assert_image(source, 0, "a.png", 0, 1);
    assert_image(source, 4, "e.png", 0, 2);
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(folder_without_images) {
    folder_error(make_folder("empty"), GGCN_ERROR_FORMAT, path_of("empty"), "holds no files");
    make_folder("empty/a/b");
    folder_error(path_of("empty"), GGCN_ERROR_FORMAT, path_of("empty"), "holds no files");
    write_text("text/b.txt", "b");
    write_text("text/a/c.txt", "c");
    write_text("text/a/.d", "d");
    folder_error(path_of("text"), GGCN_ERROR_FORMAT, path_of("text"),
                 "no images among 2 files; the first of them is a/c.txt");
    write_image("hidden/.x.png", 1);
    folder_error(path_of("hidden"), GGCN_ERROR_FORMAT, path_of("hidden"), "only 1 hidden");
    folder_error("/nonexistent", GGCN_ERROR_IO, "/nonexistent", "No such file");
    folder_error(write_image("x.png", 1), GGCN_ERROR_IO, "x.png", "Not a directory");
}
END_TEST

START_TEST(folder_without_permission) {
    write_image("set/a/x.png", 1);
    const char *file = write_image("set/a/y", 2), *inner = make_folder("set/b");
    ck_assert_int_eq(chmod(file, 0), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    ggcn_image_source *source = open_source(ggcn_import_folder, path_of("set"), NULL);
    ck_assert_int_eq(source->count, 2);
    ggcn_picture picture = {0};
    uint32_t label;
    assert_success(source->read(source, 0, &picture, &label));
    assert_error(source->read(source, 1, &picture, &label), GGCN_ERROR_IO, file, "Permission denied");
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(inner, 0), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    folder_error(path_of("set"), GGCN_ERROR_IO, inner, "Permission denied");
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(inner, 0700), 0);
}
END_TEST

/* --- Tiny ImageNet ------------------------------------------------------------------------------------------------ */

static const char annotations[] = "tiny/val/val_annotations.txt";

static void tiny_error(ggcn_status expected, const char *name, const char *words) {
    assert_import_error(ggcn_import_tiny_imagenet, path_of("tiny"), NULL, expected, name, words);
}

/* Three classes; n2 and n3 have the same first term. */
static void make_tiny(void) {
    write_text("tiny/wnids.txt", "n3\r\nn1\n\nn2\n");
    write_text("tiny/words.txt", "n0\tnot listed\nn2\tcrane\nn1\tgoldfish, Carassius auratus\nn3\tcrane, bird\n");
    write_image("tiny/train/n1/images/n1_0.JPEG", 10);
    write_image("tiny/train/n1/images/n1_1.JPEG", 11);
    write_text("tiny/train/n1/n1_boxes.txt", "n1_0.JPEG\t0\t10\t63\t58\n");
    write_image("tiny/train/n2/images/n2_0.JPEG", 20);
    write_image("tiny/train/n3/images/n3_0.JPEG", 30);
    write_image("tiny/val/images/val_0.JPEG", 40);
    write_image("tiny/val/images/val_1.JPEG", 41);
    write_image("tiny/val/images/val_10.JPEG", 42);
    write_text(annotations,
               "val_0.JPEG\tn2\t0\t32\t44\t62\nval_10.JPEG\tn3\t0\t0\t1\t1\nval_1.JPEG\tn1\t52\t55\t57\t59\n");
    write_image("tiny/test/images/test_0.JPEG", 50);
}

START_TEST(tiny_whole) {
    make_tiny();
    ggcn_image_source *source = open_source(ggcn_import_tiny_imagenet, path_of("tiny/"), NULL);
    ck_assert_int_eq(source->count, 7);
    ck_assert_int_eq(source->held_out, 3);
    ck_assert_uint_eq(source->n_classes, 3);
    ck_assert_str_eq(source->classes[0], "crane (n3)");
    ck_assert_str_eq(source->classes[1], "goldfish");
    ck_assert_str_eq(source->classes[2], "crane (n2)");
    ck_assert_ptr_null(source->note);
    assert_image(source, 0, "train/n3/images/n3_0.JPEG", 0, 30);
    assert_image(source, 1, "train/n1/images/n1_0.JPEG", 1, 10);
    assert_image(source, 2, "train/n1/images/n1_1.JPEG", 1, 11);
    assert_image(source, 3, "train/n2/images/n2_0.JPEG", 2, 20);
    assert_image(source, 4, "val/images/val_0.JPEG", 2, 40);
    assert_image(source, 5, "val/images/val_1.JPEG", 1, 41);
    assert_image(source, 6, "val/images/val_10.JPEG", 0, 42);
    assert_any_order(source);
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(tiny_without_words_or_validation) {
    make_tiny();
    ck_assert_int_eq(unlink(path_of("tiny/words.txt")), 0);
    ck_assert_int_eq(rename(path_of("tiny/val"), path_of("away")), 0);
    ggcn_image_source *source = open_source(ggcn_import_tiny_imagenet, path_of("tiny"), NULL);
    ck_assert_int_eq(source->count, 4);
    ck_assert_int_eq(source->held_out, 0);
    ck_assert_str_eq(source->classes[0], "n3");
    ck_assert_str_eq(source->classes[2], "n2");
    assert_image(source, 3, "train/n2/images/n2_0.JPEG", 2, 20);
    ggcn_image_source_close(&source);
    write_text("tiny/words.txt", "n1\tfish\nn2\t\n"); /* others are called by their numbers */
    source = open_source(ggcn_import_tiny_imagenet, path_of("tiny"), NULL);
    ck_assert_str_eq(source->classes[0], "n3");
    ck_assert_str_eq(source->classes[1], "fish");
    ck_assert_str_eq(source->classes[2], "n2");
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(tiny_part_of_the_classes) {
    make_tiny();
    ck_assert_int_eq(rename(path_of("tiny/train/n3"), path_of("n3")), 0);
    write_image("tiny/val/images/val_2.JPEG", 43);
    write_text("tiny/val/images/notes", "x");
    ggcn_image_source *source = open_source(ggcn_import_tiny_imagenet, path_of("tiny"), NULL);
    ck_assert_uint_eq(source->n_classes, 2);
    ck_assert_str_eq(source->classes[0], "goldfish");
    ck_assert_str_eq(source->classes[1], "crane (n2)");
    ck_assert_int_eq(source->count, 5);
    ck_assert_int_eq(source->held_out, 2);
    assert_image(source, 2, "train/n2/images/n2_0.JPEG", 1, 20);
    assert_image(source, 3, "val/images/val_0.JPEG", 1, 40);
    assert_image(source, 4, "val/images/val_1.JPEG", 0, 41);
    static const char *const notes[] = {"val_annotations.txt does not name: 1", "left out 1 of the 3 classes",
                                        "and 1 validation images", "no images: 1, the first is val/images/notes"};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(strstr(source->note, notes[i]) != NULL, "no \"%s\" in: %s", notes[i], source->note);
    ggcn_image_source_close(&source);
    ck_assert_int_eq(rename(path_of("tiny/train/n1"), path_of("n1")), 0);
    ck_assert_int_eq(rename(path_of("tiny/train/n2"), path_of("n2")), 0);
    tiny_error(GGCN_ERROR_FORMAT, "tiny/wnids.txt", "line 1: no folder n3");
}
END_TEST

START_TEST(tiny_bad_classes) {
    assert_import_error(ggcn_import_tiny_imagenet, path_of("tiny"), NULL, GGCN_ERROR_IO, "tiny/wnids.txt",
                        "No such file");
    write_text("tiny/wnids.txt", "\n");
    tiny_error(GGCN_ERROR_FORMAT, "tiny/wnids.txt", "lists 0 classes");
    make_tiny();
    write_text("tiny/wnids.txt", "n3\nn1\nn2\nn1\n");
    tiny_error(GGCN_ERROR_FORMAT, "tiny/wnids.txt", "line 4: class n1 is listed in line 2");
    write_text("tiny/wnids.txt", "n3\nn1\n");
    tiny_error(GGCN_ERROR_FORMAT, "tiny/train/n2", "wnids.txt does not list");
    write_bytes("tiny/wnids.txt", "n3\nn\0\n", 6);
    tiny_error(GGCN_ERROR_FORMAT, "tiny/wnids.txt", "line 2: a zero byte");
    make_tiny();
    write_text("tiny/words.txt", "n1\tone\nn2 two\n");
    tiny_error(GGCN_ERROR_FORMAT, "tiny/words.txt", "line 2: no tab");
    write_text("tiny/words.txt", "n1\tn3\n"); /* n3 itself has no words */
    tiny_error(GGCN_ERROR_FORMAT, "classes 0 and 1", "the same name \"n3\"");
    char line[9000];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    write_text("tiny/words.txt", line);
    tiny_error(GGCN_ERROR_FORMAT, "tiny/words.txt", "line 1 is longer than 8191 bytes");
    make_tiny();
    ck_assert_int_eq(unlink(path_of("tiny/train/n2/images/n2_0.JPEG")), 0);
    tiny_error(GGCN_ERROR_FORMAT, "tiny/train/n2/images", "line 4 of wnids.txt");
    ck_assert_int_eq(rmdir(path_of("tiny/train/n2/images")), 0);
    tiny_error(GGCN_ERROR_IO, "tiny/train/n2/images", "No such file");
    ck_assert_int_eq(rename(path_of("tiny/train"), path_of("away")), 0);
    tiny_error(GGCN_ERROR_IO, "tiny/train", "No such file");
}
END_TEST

START_TEST(tiny_bad_annotations) {
    make_tiny();
    write_text(annotations, "val_0.JPEG\tn2\t0\t0\t1\t1\nval_2.JPEG\tn1\t0\t0\t1\t1\n");
    tiny_error(GGCN_ERROR_FORMAT, annotations, "line 2: no image val_2.JPEG in");
    write_text(annotations, "val_0.JPEG\tn7\t0\t0\t1\t1\n");
    tiny_error(GGCN_ERROR_FORMAT, annotations, "line 1: class n7, which wnids.txt does not list");
    write_text(annotations, "val_0.JPEG\tn2\n\nval_0.JPEG\tn1\n");
    tiny_error(GGCN_ERROR_FORMAT, annotations, "line 3: a second annotation of val_0.JPEG");
    write_text(annotations, "val_0.JPEG n2\n");
    tiny_error(GGCN_ERROR_FORMAT, annotations, "line 1: no file and class");
    ck_assert_int_eq(unlink(path_of(annotations)), 0);
    tiny_error(GGCN_ERROR_IO, annotations, "No such file");
    ck_assert_int_eq(rename(path_of("tiny/val/images"), path_of("away")), 0);
    tiny_error(GGCN_ERROR_IO, "tiny/val/images", "No such file");
}
END_TEST

/* --- CelebA ------------------------------------------------------------------------------------------------------- */

static const char list_name[] = "celeba/list_attr_celeba.txt";
static const ggcn_import_options by_smile = {.attributes = "Smiling"};

static void make_celeba(void) {
    write_image("celeba/img/000001.png", 1);
    write_image("celeba/img/000002.png", 2);
    write_image("celeba/img/000003.png", 3);
    write_text(list_name, "3\nBald Male Smiling \n000003.png -1  1 -1\r\n000001.png -1 -1  1\n000002.png  1  1  1\n");
}

static void celeba_error(const ggcn_import_options *options, ggcn_status expected, const char *name,
                         const char *words) {
    assert_import_error(ggcn_import_celeba, path_of("celeba/img"), options, expected, name, words);
}

START_TEST(celeba_without_attributes) {
    make_celeba();
    ggcn_image_source *source = open_source(ggcn_import_celeba, path_of("celeba/img"), NULL);
    ck_assert_int_eq(source->count, 3);
    ck_assert_uint_eq(source->n_classes, 1);
    ck_assert_str_eq(source->classes[0], "face");
    assert_image(source, 2, "000003.png", 0, 3);
    assert_any_order(source);
    ggcn_image_source_close(&source);
    celeba_error(&(ggcn_import_options){.labels = "x"}, GGCN_ERROR_ARGUMENT, "x", "no attributes are asked for");
    assert_import_error(ggcn_import_celeba, make_folder("empty"), NULL, GGCN_ERROR_FORMAT, "empty", "holds no files");
    assert_import_error(ggcn_import_celeba, path_of("celeba"), NULL, GGCN_ERROR_FORMAT, "celeba",
                        "the first of them is list_attr_celeba.txt");
}
END_TEST

START_TEST(celeba_classes) {
    make_celeba();
    write_image("celeba/img/000004.png", 4); /* not in the list */
    ggcn_image_source *source = open_source(ggcn_import_celeba, path_of("celeba/img/"), &by_smile);
    ck_assert_int_eq(source->count, 3);
    ck_assert_uint_eq(source->n_classes, 2);
    ck_assert_str_eq(source->classes[0], "not_Smiling");
    ck_assert_str_eq(source->classes[1], "Smiling");
    ck_assert_ptr_nonnull(strstr(source->note, "does not name: 1"));
    assert_image(source, 0, "000001.png", 1, 1);
    assert_image(source, 1, "000002.png", 1, 2);
    assert_image(source, 2, "000003.png", 0, 3);
    assert_any_order(source);
    ggcn_image_source_close(&source);
    /* Two attributes; the list beside the images. */
    ck_assert_int_eq(rename(path_of(list_name), path_of("celeba/img/list_attr_celeba.txt")), 0);
    const ggcn_import_options two = {.attributes = "Smiling,Bald"};
    source = open_source(ggcn_import_celeba, path_of("celeba/img"), &two);
    static const char *const classes[] = {"not_Smiling+not_Bald", "Smiling+not_Bald", "not_Smiling+Bald",
                                          "Smiling+Bald"};
    ck_assert_uint_eq(source->n_classes, 4);
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(source->classes[i], classes[i]);
    assert_image(source, 0, "000001.png", 1, 1);
    assert_image(source, 1, "000002.png", 3, 2);
    assert_image(source, 2, "000003.png", 0, 3);
    ck_assert_ptr_nonnull(strstr(source->description, "Smiling,Bald"));
    ggcn_image_source_close(&source);
    /* The list given, and beside the current folder. */
    ck_assert_int_eq(rename(path_of("celeba/img/list_attr_celeba.txt"), path_of("list")), 0);
    char list[300];
    snprintf(list, sizeof list, "%s", path_of("list"));
    source = open_source(ggcn_import_celeba, path_of("celeba/img"),
                         &(ggcn_import_options){.labels = list, .attributes = "Male"});
    assert_image(source, 0, "000001.png", 0, 1);
    assert_image(source, 2, "000003.png", 1, 3);
    ggcn_image_source_close(&source);
    ck_assert_int_eq(rename(path_of("list"), path_of(list_name)), 0);
    static const char *const places[][2] = {{"celeba/img", "."}, {"celeba", "img"}};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(chdir(path_of(places[i][0])), 0);
        source = open_source(ggcn_import_celeba, places[i][1], &by_smile);
        assert_image(source, 0, "000001.png", 1, 1);
        ggcn_image_source_close(&source);
    }
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(celeba_eight_attributes) {
    write_image("celeba/img/1.png", 1);
    write_text(list_name, "1\na b c d e f g h i\n1.png 1 -1 -1 1 -1 1 -1 1 1\n");
    ggcn_import_options options = {.attributes = "a,b,c,d,e,f,g,h"};
    ggcn_image_source *source = open_source(ggcn_import_celeba, path_of("celeba/img"), &options);
    ck_assert_uint_eq(source->n_classes, 256);
    ck_assert_str_eq(source->classes[1 + 8 + 32 + 128], "a+not_b+not_c+d+not_e+f+not_g+h");
    assert_image(source, 0, "1.png", 1 + 8 + 32 + 128, 1);
    ggcn_image_source_close(&source);
    options.attributes = "a,b,c,d,e,f,g,h,i";
    celeba_error(&options, GGCN_ERROR_ARGUMENT, "more than 8", "512 classes");
    options.attributes = "a,b,a";
    celeba_error(&options, GGCN_ERROR_ARGUMENT, "attribute a", "twice");
    options.attributes = ",";
    celeba_error(&options, GGCN_ERROR_ARGUMENT, "no attributes", "named");
}
END_TEST

START_TEST(celeba_unknown_attribute_lists_all) {
    static const char all[] =
        "5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair "
        "Blond_Hair "
        "Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones "
        "Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline "
        "Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick "
        "Wearing_Necklace Wearing_Necktie Young";
    char text[1024];
    make_celeba();
    snprintf(text, sizeof text, "3\n%s\n", all);
    write_text(list_name, text);
    celeba_error(&(ggcn_import_options){.attributes = "Smile"}, GGCN_ERROR_ARGUMENT, list_name,
                 "line 2: no attribute Smile");
    ck_assert_str_eq(ggcn_last_error()->hint, all);
}
END_TEST

START_TEST(celeba_bad_lists) {
    static const struct {
        const char *text, *words;
    } lists[] = {
        {"", "ends before the number of images"},
        {"3\n", "ends before the names"},
        {"000001.png 1\n", "line 1: \"000001.png 1\" in place of the number"},
        {"x\nSmiling\n", "line 1: \"x\" in place of the number"},
        {"0\nSmiling\n", "line 1: \"0\" in place of the number"},
        {"99999999999999999999\nSmiling\n", "line 1: \"99999999999999999999\" in place"},
        {"2\nBald Smiling\n000001.png 1 1\n000009.png 1 1\n", "line 4: no image 000009.png in"},
        {"2\nBald Smiling\n000001.png 1 1\n\n000001.png 1 1\n", "line 5: a second line for 000001.png"},
        {"1\nBald Smiling\n000001.png 1 0\n", "line 3: value 2 is \"0\" in place of 1 or -1"},
        {"1\nBald Smiling\n000001.png yes 1\n", "line 3: value 1 is \"yes\""},
        {"1\nBald Smiling\n000001.png 1\n", "line 3: 1 values, but 2 attributes"},
        {"1\nBald Smiling\n000001.png 1 1 -1\n", "line 3: 3 values, but 2 attributes"},
        {"1\nBald Smiling\n000001.png 1 1\n000002.png 1 1\n", "line 4: more images than the 1"},
        {"3\nBald Smiling\n000001.png 1 1\n000002.png 1 1\n",
         "ends in line 4 after 2 images, but its first line says 3"},
    };
    make_celeba();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        write_text(list_name, lists[i].text);
        celeba_error(&by_smile, GGCN_ERROR_FORMAT, list_name, lists[i].words);
    }
    ck_assert_int_eq(unlink(path_of(list_name)), 0);
    celeba_error(&by_smile, GGCN_ERROR_IO, path_of("celeba/img"), "no list_attr_celeba.txt");
    celeba_error(&(ggcn_import_options){.attributes = "Male", .labels = "/nonexistent/list"}, GGCN_ERROR_IO,
                 "/nonexistent/list", "No such file");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        folder_nested_in_byte_order,
        folder_of_one_class,
        folder_images_beside_folders,
        folder_links,
        folder_too_deep,
        folder_files_left_aside,
        folder_bad_images_fail_when_read,
        folder_without_images,
        folder_without_permission,
        tiny_whole,
        tiny_without_words_or_validation,
        tiny_part_of_the_classes,
        tiny_bad_classes,
        tiny_bad_annotations,
        celeba_without_attributes,
        celeba_classes,
        celeba_eight_attributes,
        celeba_unknown_attribute_lists_all,
        celeba_bad_lists,
        NULL,
    };
    return run_import_tests("import", tests);
}
